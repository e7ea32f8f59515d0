-- What an operator has to know of a server. It reads nothing of ours, so it works before the first migration. A plain
-- user sees of others' connections whose they are, and to which database; only clients have both.
SELECT
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted,
    current_setting('server_version') AS version,
    current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer AS most_connections,
    (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND usesysid IS NOT NULL) AS connections,
    (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'campaign-orchestrator') AS our_connections,
    (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) AS role_connections,
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role_limit,
    current_setting('transaction_isolation') AS isolation,
    pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only,
    clock_timestamp() AS at
