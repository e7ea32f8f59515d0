SELECT outcome, hung_up_at IS NOT NULL AS hung_up,
    least(at + make_interval(secs => seconds), hung_up_at) <= clock_timestamp() AS has_ended
FROM recorded_calls
WHERE client_token = %(client_token)s
