-- Reconciliation walks a pool's live runs in the order of their campaigns' ids.

CREATE INDEX campaign_runs_live_by_campaign ON campaign_runs (pool, campaign_id) WHERE state <> 'ended';
