INSERT INTO voice_batches (execution_name, work_order)
VALUES (%(execution_name)s, %(work_order)s)
ON CONFLICT (execution_name) DO UPDATE
SET work_order = excluded.work_order, is_dispatched = false, begun_at = clock_timestamp()
RETURNING execution_name
