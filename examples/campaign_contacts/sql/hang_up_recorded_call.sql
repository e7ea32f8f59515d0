UPDATE recorded_calls SET hung_up_at = clock_timestamp()
WHERE client_token = %(client_token)s AND hung_up_at IS NULL
RETURNING id
