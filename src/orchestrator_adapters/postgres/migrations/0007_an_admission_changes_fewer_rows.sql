-- An admission changes four rows and not six: its pool's own row counts what is admitted to it, and the run's row keeps
-- the key under which it was asked for (docs/decisions/0015-an-admission-changes-fewer-rows.md).

-- NULL: the key is kept in campaign_requests, as of runs of before, or is free again.
ALTER TABLE campaign_runs ADD COLUMN request_hash text;
CREATE INDEX campaign_runs_requested ON campaign_runs (campaign_id, request_key);

-- A pool's live runs are what was admitted to it, in its own row, and the sum of its shards, which count everything else.
-- The number of its row never decreases: an admission may have read the shards a moment before.
ALTER TABLE campaign_pools ADD COLUMN admitted bigint NOT NULL DEFAULT 0;
-- The transaction that has counted the run in its pool's row. A copy of the row, made in another, is counted there.
ALTER TABLE campaign_runs ADD COLUMN counted_in xid8;

DROP TRIGGER campaign_runs_begun_are_counted ON campaign_runs;
CREATE TRIGGER campaign_runs_begun_are_counted AFTER INSERT ON campaign_runs
    FOR EACH ROW WHEN (NEW.counted_in IS DISTINCT FROM pg_current_xact_id()) EXECUTE FUNCTION campaign_run_is_counted();

-- What a run's row may hold is looked at by the same triggers. The server reads the text of a constraint, and of a
-- trigger's condition, anew in each statement, also in the many that change none of these columns.
DROP TRIGGER campaign_runs_changed_are_counted ON campaign_runs;
CREATE TRIGGER campaign_runs_changed_are_counted AFTER UPDATE OF number, pool, state, ended_at, outcome ON campaign_runs
    FOR EACH ROW EXECUTE FUNCTION campaign_run_is_counted();
ALTER TABLE campaign_runs
    DROP CONSTRAINT campaign_runs_check,
    DROP CONSTRAINT campaign_runs_check1,
    DROP CONSTRAINT campaign_runs_number_check,
    DROP CONSTRAINT campaign_runs_state_check;

CREATE OR REPLACE FUNCTION campaign_run_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM campaign_pool_counts;
        INSERT INTO campaign_pool_counts SELECT name, 0, -admitted FROM campaign_pools;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' AND (
        NEW.number < 1
        OR NEW.state NOT IN ('dispatching', 'dispatched', 'running', 'stopping', 'ended')
        OR (NEW.state = 'ended') <> (NEW.ended_at IS NOT NULL)
        OR (NEW.state = 'ended') <> (NEW.outcome IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'campaign_runs: a run has a number from 1 and a known state, and ended_at and outcome when it has ended'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.pool = NEW.pool AND (OLD.state = 'ended') = (NEW.state = 'ended') THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'ended' THEN
        PERFORM campaign_count_live(OLD.pool, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'ended' THEN
        PERFORM campaign_count_live(NEW.pool, 1);
    END IF;
    RETURN NULL;
END
$$;

-- A pool's row may be deleted, or get another name: its runs live on, and so does their number.
CREATE FUNCTION campaign_pool_keeps_its_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO campaign_pool_counts AS known SELECT name, 0, admitted FROM campaign_pools
        ON CONFLICT (pool, shard) DO UPDATE SET live = known.live + excluded.live;
        RETURN NULL;
    END IF;
    INSERT INTO campaign_pool_counts AS known VALUES (OLD.name, 0, OLD.admitted)
    ON CONFLICT (pool, shard) DO UPDATE SET live = known.live + excluded.live;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO campaign_pool_counts AS known VALUES (NEW.name, 0, -OLD.admitted)
        ON CONFLICT (pool, shard) DO UPDATE SET live = known.live + excluded.live;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER campaign_pools_deleted_keep_their_count AFTER DELETE ON campaign_pools
    FOR EACH ROW WHEN (OLD.admitted <> 0) EXECUTE FUNCTION campaign_pool_keeps_its_count();
CREATE TRIGGER campaign_pools_renamed_keep_their_count AFTER UPDATE OF name ON campaign_pools
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION campaign_pool_keeps_its_count();
CREATE TRIGGER campaign_pools_truncated_keep_their_count BEFORE TRUNCATE ON campaign_pools
    FOR EACH STATEMENT EXECUTE FUNCTION campaign_pool_keeps_its_count();
