-- How many live runs each pool has, kept by the same commit that begins or ends one, so that an admission costs the
-- same however many there are. A trigger keeps it: whoever changes a run, by whatever statement, changes the count.
--
-- A pool's count is the sum of its shards; a shard by itself may be negative. A transaction changes the shard of its
-- own connection, so that runs that end at the same time do not wait for one another, and it does so last: whoever
-- waits for a shard waits for somebody who waits for nothing.

CREATE TABLE campaign_pool_counts (
    pool text NOT NULL,
    shard integer NOT NULL,
    live bigint NOT NULL,
    PRIMARY KEY (pool, shard)
) WITH (fillfactor = 50);

CREATE FUNCTION campaign_count_live(pool_name text, difference integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaign_pool_counts SET live = live + difference
    WHERE pool = pool_name AND shard = pg_backend_pid() & 15;
    IF NOT FOUND THEN
        INSERT INTO campaign_pool_counts AS known VALUES (pool_name, pg_backend_pid() & 15, difference)
        ON CONFLICT (pool, shard) DO UPDATE SET live = known.live + difference;
    END IF;
END
$$;

CREATE FUNCTION campaign_run_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM campaign_pool_counts;
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

-- The first of these waits for every transaction that changes runs, and keeps others out until this one has ended.
CREATE TRIGGER campaign_runs_begun_are_counted AFTER INSERT ON campaign_runs
    FOR EACH ROW WHEN (NEW.state <> 'ended') EXECUTE FUNCTION campaign_run_is_counted();
CREATE TRIGGER campaign_runs_changed_are_counted AFTER UPDATE ON campaign_runs
    FOR EACH ROW WHEN ((OLD.state = 'ended') <> (NEW.state = 'ended') OR OLD.pool <> NEW.pool)
    EXECUTE FUNCTION campaign_run_is_counted();
CREATE TRIGGER campaign_runs_deleted_are_counted AFTER DELETE ON campaign_runs
    FOR EACH ROW WHEN (OLD.state <> 'ended') EXECUTE FUNCTION campaign_run_is_counted();
CREATE TRIGGER campaign_runs_truncated_are_counted AFTER TRUNCATE ON campaign_runs
    FOR EACH STATEMENT EXECUTE FUNCTION campaign_run_is_counted();

INSERT INTO campaign_pool_counts
SELECT pool, 0, count(*) FROM campaign_runs WHERE state <> 'ended' GROUP BY pool;
