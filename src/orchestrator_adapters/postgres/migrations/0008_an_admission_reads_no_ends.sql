-- An admission compares what has begun in a pool with what is known to have ended, in the pool's own row; the shards are
-- read where that is not enough (docs/decisions/0015-an-admission-changes-fewer-rows.md).

-- Whoever waits behind a lock that is waited for is held up too, so it is let go of before the next attempt.
DO $$
DECLARE
    waited_before text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '300ms', true);
    FOR attempt IN 1 .. 100 LOOP
        BEGIN
            LOCK TABLE campaign_pools IN ACCESS EXCLUSIVE MODE;
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

-- NULL: not known, so the shards are read. Never more than their sum, nor than what has begun.
ALTER TABLE campaign_pools ADD COLUMN ended_at_least bigint;

-- A row that is new, or put back, or gets another name: what has ended under that name is in its shards only.
CREATE FUNCTION campaign_pool_knows_of_no_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_at_least := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER campaign_pools_named_know_of_no_end BEFORE INSERT OR UPDATE OF name ON campaign_pools
    FOR EACH ROW EXECUTE FUNCTION campaign_pool_knows_of_no_end();
