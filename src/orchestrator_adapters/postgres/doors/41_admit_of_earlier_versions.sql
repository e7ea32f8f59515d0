-- As code of earlier versions asks for an admission, and is answered: it runs on until its successor is deployed.

CREATE OR REPLACE FUNCTION campaign_admit(request jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    decision jsonb := campaign_admit_run(
        request ->> 'campaign_id', request ->> 'key', request ->> 'content_hash', request ->> 'action',
        (request ->> 'resumes')::boolean, request ->> 'status_to',
        ARRAY(SELECT jsonb_array_elements_text(request -> 'allowed_from')), request ->> 'run_id',
        request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
        request #>> '{origin,reason}', (request ->> 'holders_wanted')::integer, request
    );
BEGIN
    IF jsonb_typeof(decision) = 'object' THEN
        RETURN decision;
    END IF;
    RETURN jsonb_build_object(
        'campaign_id', decision -> 0, 'campaign_type', decision -> 1, 'number', decision -> 2, 'pool', decision -> 3,
        'execution_name', decision -> 4, 'dispatch_input', decision -> 5, 'resumed_from', decision -> 6,
        'previous_status', decision -> 7, 'at', decision -> 8, 'not_after', decision -> 9,
        'active', decision -> 10, 'limit', decision -> 11, 'limit_is_stored', decision -> 12
    );
END
$$;

CREATE OR REPLACE PROCEDURE campaign_admit_durably(request jsonb, INOUT decision jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    decision := campaign_admit(request);
END
$$;

-- Whoever was granted the one may call the other, also where roles are not named to this migration.
DO $$
DECLARE
    admitting regprocedure := (
        SELECT oid FROM pg_proc WHERE proname = 'campaign_admit_run' AND pronamespace = current_schema()::regnamespace
    );
    role regrole;
BEGIN
    FOR role IN
        SELECT granted.grantee FROM pg_proc, aclexplode(proacl) granted
        WHERE pg_proc.oid = 'campaign_admit(jsonb)'::regprocedure AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', admitting, role);
    END LOOP;
END
$$;
