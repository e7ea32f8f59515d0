-- How many attempts, one after the other, have got on with nothing: a long campaign may outlive many dispatchers, as long
-- as each accounts for some contacts. Runs of before have no attempt held against them that they have got on since.

ALTER TABLE campaign_runs
    ADD COLUMN fruitless_attempts integer NOT NULL DEFAULT 1,
    ADD COLUMN accounted_for_at_attempt bigint NOT NULL DEFAULT 0;

UPDATE campaign_runs SET fruitless_attempts = attempts WHERE state <> 'ended' AND attempts > 1;
