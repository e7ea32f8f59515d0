-- The count of a run that begins, with one function less than its end has: a start waits for it.

CREATE OR REPLACE FUNCTION campaign_run_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE campaign_pool_counts SET live = live + 1 WHERE pool = NEW.pool AND shard = pg_backend_pid() & 15;
        IF NOT FOUND THEN
            PERFORM campaign_count_live(NEW.pool, 1);
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM campaign_pool_counts;
        RETURN NULL;
    END IF;
    IF OLD.state <> 'ended' THEN
        PERFORM campaign_count_live(OLD.pool, -1);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state <> 'ended' THEN
        PERFORM campaign_count_live(NEW.pool, 1);
    END IF;
    RETURN NULL;
END
$$;
