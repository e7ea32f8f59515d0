"""What PostgreSQL counts as live, and what lives: by pool, without those that have none."""

COUNTED = """
    SELECT pool, sum(live)::int
    FROM (SELECT pool, live FROM campaign_pool_counts UNION ALL SELECT name, admitted FROM campaign_pools) counted
    GROUP BY pool HAVING sum(live) <> 0 ORDER BY pool
"""
LIVE = "SELECT pool, count(*)::int FROM campaign_runs WHERE state <> 'ended' GROUP BY pool ORDER BY pool"
