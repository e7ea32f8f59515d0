-- Pools: usage, and the row that admissions, limits and halts are ordered by.

-- The pool's row, locked against every other admission and change of its limit or halt. The row is made at the first
-- use of a pool. FOR NO KEY UPDATE and no more: a batch reads it FOR SHARE, and is so ordered against a halt (I7).
CREATE OR REPLACE FUNCTION campaign_lock_pool(pool_name text) RETURNS campaign_pools
LANGUAGE plpgsql AS $$
DECLARE
    pool campaign_pools;
BEGIN
    -- At any other level the count after this lock would see the pool as it was before the wait. Somebody may have made
    -- another level the default of the database or the role, so it is checked.
    PERFORM campaign_require_read_committed();
    SELECT * INTO pool FROM campaign_pools WHERE name = pool_name FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO campaign_pools (name) VALUES (pool_name) ON CONFLICT DO NOTHING;
        SELECT * INTO pool FROM campaign_pools WHERE name = pool_name FOR NO KEY UPDATE;
    END IF;
    RETURN pool;
END
$$;

-- As many as there are rows of live runs: the commit that begins or ends one counts it. In PL/pgSQL, which keeps the plan
-- for the connection's next call.
CREATE OR REPLACE FUNCTION campaign_live_in_pool(pool_name text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT p.begun FROM campaign_pools p WHERE p.name = pool_name), 0)
        - (SELECT coalesce(sum(e.ended), 0) FROM campaign_pool_ends e WHERE e.pool = pool_name);
END
$$;

CREATE OR REPLACE FUNCTION campaign_pool_holders(pool_name text, wanted integer) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'campaign_id', held.campaign_id::text,
        'campaign_type', held.campaign_type,
        'run_number', held.number,
        'since', held.created_at,
        'execution_reference', held.execution_reference
    ) ORDER BY held.created_at, held.campaign_id), '[]')
    FROM (
        SELECT * FROM campaign_runs WHERE pool = pool_name AND state <> 'ended'
        ORDER BY created_at, campaign_id LIMIT wanted
    ) held
$$;

CREATE OR REPLACE FUNCTION campaign_pool_recent_seconds(pool_name text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(extract(epoch FROM done.ended_at - done.created_at)), '[]')
    FROM (
        SELECT created_at, ended_at FROM campaign_runs WHERE pool = pool_name AND state = 'ended'
        ORDER BY ended_at DESC LIMIT 20
    ) done
$$;

-- Active: as an admission goes by. Who has passed the triggers over may have left more ends known than there were; the
-- holders are then more, and doctor sees it.
CREATE OR REPLACE FUNCTION campaign_pool_usage(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', asked.name,
        'active', least(campaign_live_in_pool(asked.name), pool.begun - pool.ended_at_least),
        'limit', coalesce(pool.max_live, asked.default_limit),
        'limit_is_stored', pool.max_live IS NOT NULL,
        'halted_reason', pool.halted_reason,
        'holders', campaign_pool_holders(asked.name, (request ->> 'holders_wanted')::integer),
        'recent_run_seconds', campaign_pool_recent_seconds(asked.name),
        'observed_at', now()
    ) ORDER BY asked.position), '[]')
    FROM ROWS FROM (
        jsonb_to_recordset(request -> 'pools') AS (name text, default_limit integer)
    ) WITH ORDINALITY AS asked (name, default_limit, position)
    LEFT JOIN campaign_pools pool ON pool.name = asked.name
$$;

-- Why the pool of a run is halted, or NULL; its row is locked against a change of that: either the halt's commit came
-- first and is seen, or it waits for this one.
CREATE OR REPLACE FUNCTION campaign_halt_of_pool(request jsonb) RETURNS text
LANGUAGE sql AS $$
    SELECT p.halted_reason FROM campaign_pools p
    WHERE p.name = (
        SELECT r.pool FROM campaign_runs r
        WHERE r.campaign_id = campaign_id_of(request ->> 'campaign_id')
            AND r.number = (request ->> 'number')::integer
    ) FOR SHARE
$$;
