-- Where the last scheduled pass of a pool has ended, so that the next one goes on from there and every live run is
-- looked at in its turn, however many there are. A table of its own: the rows of campaign_pools belong to admissions.

CREATE TABLE campaign_reconcile_places (
    pool text PRIMARY KEY,
    campaign_id text  -- NULL: the next pass begins with the first campaign
);
