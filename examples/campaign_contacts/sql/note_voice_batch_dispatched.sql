UPDATE voice_batches SET is_dispatched = true
WHERE execution_name = %(execution_name)s
RETURNING execution_name
