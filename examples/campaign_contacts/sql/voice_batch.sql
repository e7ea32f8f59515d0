-- Whoever was placing its calls has done so, or is dead: a Dispatch task lives for 90 seconds.
SELECT work_order, is_dispatched OR begun_at < clock_timestamp() - interval '120 seconds' AS is_placed
FROM voice_batches
WHERE execution_name = %(execution_name)s
