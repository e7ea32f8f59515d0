-- What the roles may do that the functions log in with: call their part of the sealed functions, and nothing else. The
-- roles are named by settings of the transaction; an empty name is passed over.
DO $$
DECLARE
    orchestrator text := current_setting('campaign_orchestrator.orchestrator_role');
    dispatcher text := current_setting('campaign_orchestrator.dispatcher_role');
    role text;
    door record;
BEGIN
    FOREACH role IN ARRAY array_remove(ARRAY[orchestrator, dispatcher], '') LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
    END LOOP;
    FOR door IN
        SELECT oid::regprocedure AS signature,
            proname IN ('campaign_claim', 'campaign_begin_batch', 'campaign_end_batch', 'campaign_finish') AS of_a_claim
        FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'campaign\_%'
            AND prosecdef AND (
                proname = 'campaign_admit_run' OR proargnames = '{request}' AND prorettype = 'jsonb'::regtype
            )
    LOOP
        role := CASE WHEN door.of_a_claim THEN dispatcher ELSE orchestrator END;
        IF role <> '' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', door.signature, role);
        END IF;
    END LOOP;
END
$$;
