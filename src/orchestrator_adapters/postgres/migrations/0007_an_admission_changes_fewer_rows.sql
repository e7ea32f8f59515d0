-- An admission changes four rows and not six: its pool's own row counts what begins, and the run's row keeps the key
-- under which it was asked for (docs/decisions/0015-an-admission-changes-fewer-rows.md).

-- Everything that is replaced here at once, before anything is done, so that nobody counts by half of it. Whoever asks for
-- a pool's usage takes these tables in another order than whoever admits, so each wait is shorter than the time after
-- which the server looks for a deadlock, and what was got is let go of before the next.
DO $$
DECLARE
    waited_before text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '300ms', true);
    FOR attempt IN 1 .. 100 LOOP
        BEGIN
            LOCK TABLE campaign_runs, campaign_pools, campaign_pool_counts IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 100 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(random() * 0.1);
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', waited_before, true);
END
$$;

-- NULL: the key is kept in campaign_requests, as of runs of before, or is free again.
ALTER TABLE campaign_runs ADD COLUMN request_hash text;
CREATE INDEX campaign_runs_requested ON campaign_runs (campaign_id, request_key) WHERE request_hash IS NOT NULL;

-- A pool has as many live runs as have begun, in its own row, without those that have ended, in sixteen shards: those
-- wait for nobody. The number of its row is never set back: an admission may have read the shards a moment before.
ALTER TABLE campaign_pools ADD COLUMN begun bigint NOT NULL DEFAULT 0;
INSERT INTO campaign_pools AS known (name, begun)
SELECT pool, sum(live) FROM campaign_pool_counts GROUP BY pool
ON CONFLICT (name) DO UPDATE SET begun = excluded.begun;
DROP TABLE campaign_pool_counts;
CREATE TABLE campaign_pool_ends (
    pool text NOT NULL,
    shard integer NOT NULL,
    ended bigint NOT NULL,
    PRIMARY KEY (pool, shard)
) WITH (fillfactor = 50);
-- Also for a call that has begun in the functions of before, and has waited for the locks above.
CREATE VIEW campaign_pool_counts AS
SELECT pool, sum(live)::bigint AS live
FROM (SELECT name AS pool, begun AS live FROM campaign_pools UNION ALL SELECT pool, -ended FROM campaign_pool_ends) counted
GROUP BY pool;

-- The transaction that has counted the run in its pool's row. A copy of the row, made in another, is counted there.
ALTER TABLE campaign_runs ADD COLUMN counted_in xid8;

-- What a run's row may hold is looked at by the triggers that count. The server reads the text of a constraint, and of a
-- trigger's condition, anew in each statement, also in the many that change none of these columns.
ALTER TABLE campaign_runs
    DROP CONSTRAINT campaign_runs_check,
    DROP CONSTRAINT campaign_runs_check1,
    DROP CONSTRAINT campaign_runs_number_check,
    DROP CONSTRAINT campaign_runs_state_check;
DROP TRIGGER campaign_runs_begun_are_counted ON campaign_runs;
CREATE TRIGGER campaign_runs_begun_are_counted AFTER INSERT ON campaign_runs
    FOR EACH ROW WHEN (NEW.counted_in IS DISTINCT FROM pg_current_xact_id()) EXECUTE FUNCTION campaign_run_is_counted();
DROP TRIGGER campaign_runs_changed_are_counted ON campaign_runs;
CREATE TRIGGER campaign_runs_changed_are_counted AFTER UPDATE OF number, pool, state, ended_at, outcome ON campaign_runs
    FOR EACH ROW EXECUTE FUNCTION campaign_run_is_counted();

CREATE OR REPLACE FUNCTION campaign_run_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM campaign_require_read_committed();
        DELETE FROM campaign_pool_ends;
        INSERT INTO campaign_pool_ends SELECT name, 0, begun FROM campaign_pools;
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
    -- Last of all: whoever waits for a shard waits for somebody who waits for nothing.
    IF TG_OP <> 'DELETE' AND NEW.state <> 'ended' THEN
        INSERT INTO campaign_pools AS known (name, begun) VALUES (NEW.pool, 1)
        ON CONFLICT (name) DO UPDATE SET begun = known.begun + 1;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'ended' THEN
        PERFORM campaign_count_ended(OLD.pool, 1);
    END IF;
    RETURN NULL;
END
$$;
DROP FUNCTION campaign_count_live(text, integer);

-- In the shard of its own connection, so that runs that end at the same time do not wait for one another.
CREATE FUNCTION campaign_count_ended(pool_name text, number_of_runs bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign_pool_ends SET ended = ended + number_of_runs
    WHERE pool = pool_name AND shard = pg_backend_pid() & 15;
    IF NOT FOUND THEN
        INSERT INTO campaign_pool_ends AS known VALUES (pool_name, pg_backend_pid() & 15, number_of_runs)
        ON CONFLICT (pool, shard) DO UPDATE SET ended = known.ended + number_of_runs;
    END IF;
END
$$;

-- At any other level a transaction may see the counts as they were before they were locked.
CREATE FUNCTION campaign_require_read_committed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a pool is counted at READ COMMITTED only' USING ERRCODE = 'CO001';
    END IF;
END
$$;

-- A pool's row may be deleted, or get another name: its runs live on, and so does their number.
CREATE FUNCTION campaign_pool_keeps_its_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM campaign_require_read_committed();
        PERFORM campaign_count_ended(name, -begun) FROM campaign_pools;
        RETURN NULL;
    END IF;
    PERFORM campaign_count_ended(OLD.name, -OLD.begun);
    IF TG_OP = 'UPDATE' THEN
        PERFORM campaign_count_ended(NEW.name, OLD.begun);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER campaign_pools_deleted_keep_their_count AFTER DELETE ON campaign_pools
    FOR EACH ROW WHEN (OLD.begun <> 0) EXECUTE FUNCTION campaign_pool_keeps_its_count();
CREATE TRIGGER campaign_pools_renamed_keep_their_count AFTER UPDATE OF name ON campaign_pools
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION campaign_pool_keeps_its_count();
CREATE TRIGGER campaign_pools_truncated_keep_their_count BEFORE TRUNCATE ON campaign_pools
    FOR EACH STATEMENT EXECUTE FUNCTION campaign_pool_keeps_its_count();
