"""What PostgreSQL counts as live, and what lives: by pool, without those that have none."""

COUNTED = "SELECT pool, live::int FROM campaign_pool_counts WHERE live <> 0 ORDER BY pool"
LIVE = "SELECT pool, count(*)::int FROM campaign_runs WHERE state <> 'ended' GROUP BY pool ORDER BY pool"
