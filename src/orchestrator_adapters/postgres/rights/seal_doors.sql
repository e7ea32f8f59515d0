-- The functions that the code calls (each takes one JSON object and gives JSON, but for campaign_admit_run) do their work with the rights of their
-- owner, so that whoever calls them needs no right to any table. What they name is looked up where it was when they
-- were made, and in no schema of the caller's
-- (https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY).
-- It runs after every migration, because CREATE OR REPLACE makes a function forget it.
DO $$
DECLARE
    door regprocedure;
    path text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(current_schemas(false)) AS name);
BEGIN
    FOR door IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'campaign\_%'
            AND NOT prosecdef AND (
                proname = 'campaign_admit_run'
                OR proargnames = '{request}' AND oidvectortypes(proargtypes) = 'jsonb' AND prorettype = 'jsonb'::regtype
            )
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %s, pg_temp', door, path);
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
    END LOOP;
END
$$;
