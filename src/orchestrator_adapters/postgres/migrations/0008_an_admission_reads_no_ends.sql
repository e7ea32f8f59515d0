-- An admission compares what has begun in a pool with what is known to have ended, in the pool's own row; the shards are
-- read where that is not enough (docs/decisions/0015-an-admission-changes-fewer-rows.md).

-- NULL: not known, so the shards are read. Never more than their sum: they only grow while the pool's row stands.
ALTER TABLE campaign_pools ADD COLUMN ended_at_least bigint;

-- A pool's row may be deleted, or get another name: its runs live on, and so does their number.
CREATE OR REPLACE FUNCTION campaign_pool_keeps_its_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM campaign_require_read_committed();
        PERFORM campaign_count_ended(name, -begun) FROM campaign_pools;
        RETURN NULL;
    END IF;
    PERFORM campaign_count_ended(OLD.name, -OLD.begun);
    IF TG_OP = 'UPDATE' THEN
        PERFORM campaign_count_ended(NEW.name, OLD.begun);
        -- The name may be one whose runs live on without a row, and what has ended of those is in its shards.
        UPDATE campaign_pools SET ended_at_least = NULL WHERE name = NEW.name;
    END IF;
    RETURN NULL;
END
$$;
