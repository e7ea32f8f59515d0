-- The point of commitment of start, resume and retry: one call, one commit (I1, I3, I9, I12).

-- Of earlier versions.
DROP FUNCTION IF EXISTS campaign_invalid_field(campaigns, jsonb),
    campaign_dispatch_input(campaigns, jsonb, text, integer, integer);

-- The route's envelope, with what the campaign's config has for the fields that are merged from it.
CREATE OR REPLACE FUNCTION campaign_merged_envelope(route jsonb, config jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    envelope jsonb := route -> 'envelope';
    field text;
BEGIN
    FOR field IN SELECT jsonb_array_elements_text(route -> 'merged_from_config') LOOP
        envelope := envelope || jsonb_build_object(
            field,
            coalesce(envelope -> field, '{}')
                || CASE WHEN jsonb_typeof(config -> field) = 'object' THEN config -> field ELSE '{}' END
        );
    END LOOP;
    RETURN envelope;
END
$$;

-- What almost every request comes to is done here, by few statements of one table each and with few functions
-- (docs/decisions/0013-an-admission-takes-short-statements.md). What is unusual is left to the functions of
-- 38_refused_admissions.sql. Gives JSON: an array of what the caller does not know of the run that is admitted, or an
-- object with a verdict.
CREATE OR REPLACE FUNCTION campaign_admit_run(
    asked_id text, asked_key text, asked_hash text, asked_action text, resumes boolean, status_to text,
    allowed_from text[], new_run_id text, asked_by text, actor_name text, asked_in text, because text,
    holders_wanted integer, deployment jsonb
) RETURNS text
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    unusual text;
    stored_id campaigns.id%TYPE;
    known_as text;
    type_ text;
    status_before text;
    name_ text;
    config_ jsonb;
    zone text;
    latest_number integer;
    latest_state text;
    route jsonb;
    pool_name text;
    pool campaign_pools;
    run_number integer;
    input text;
    name_of_execution text;
    claimable_until timestamptz;
    now_ timestamptz;
    active bigint;
    limit_in_force bigint;
    new_status campaigns.status%TYPE := status_to;
    request jsonb;
BEGIN
    <<usual>>
    BEGIN
        -- First the campaign's row: two starts of one campaign, and two deliveries of one key, are decided one after the
        -- other (F2, F4). Then the pool's. Always this order, one of each, so there is no deadlock.
        SELECT c.id, c.type::text, c.status::text, c.name, campaign_config_of(c.config), c.timezone
        INTO stored_id, type_, status_before, name_, config_, zone
        FROM campaigns c WHERE c.id = campaign_id_of(asked_id) FOR NO KEY UPDATE;
        -- A key is kept under the id as it is stored, however it was spelled, also where the campaign's row has vanished.
        known_as := coalesce(stored_id::text, campaign_id_of(asked_id)::text, asked_id);

        -- Behind the lock, and so in statements of their own: they see what the lock has waited for.
        PERFORM FROM campaign_requests known WHERE known.campaign_id = known_as AND known.key = asked_key;
        IF FOUND OR stored_id IS NULL THEN
            unusual := 'known';
            EXIT usual;
        END IF;
        SELECT r.number, r.state INTO latest_number, latest_state
        FROM campaign_runs r WHERE r.campaign_id = stored_id ORDER BY r.number DESC LIMIT 1;
        IF latest_number IS NOT NULL THEN
            PERFORM FROM campaign_runs known
            WHERE known.campaign_id = stored_id AND known.request_key = asked_key AND known.request_hash IS NOT NULL;
            IF FOUND THEN
                unusual := 'known';
                EXIT usual;
            END IF;
        END IF;
        route := deployment -> 'routes' -> type_;
        -- As campaign_invalid_field looks at it, which names what is wrong.
        IF latest_state <> 'ended'
            OR (status_before = ANY (allowed_from)) IS NOT TRUE
            OR route IS NULL
            OR jsonb_typeof(config_) IS DISTINCT FROM 'object'
            OR campaign_config_is_too_deep(config_)
            OR (zone IS NOT NULL AND NOT campaign_timezone_is_known(zone))
        THEN
            unusual := 'objection';
            EXIT usual;
        END IF;

        run_number := coalesce(latest_number, 0) + 1;
        -- The JSON object that the dispatcher is handed; twin of orchestrator_domain.dispatch_input.
        input := CASE route -> 'merged_from_config'
            WHEN '[]' THEN route -> 'envelope'
            ELSE campaign_merged_envelope(route, config_)
        END || jsonb_build_object(
            'campaignId', known_as,
            'campaignName', coalesce(name_, ''),
            'campaignType', type_,
            'config', config_,
            'timezone', zone,
            'runId', new_run_id,
            'runNumber', run_number,
            'resumedFrom', CASE WHEN resumes THEN latest_number END
        );
        IF octet_length(input) > (route ->> 'max_input_bytes')::integer THEN
            unusual := 'too_large';
            EXIT usual;
        END IF;

        -- From here on nobody else admits to this pool, nor changes its limit or halt, until the commit. What has begun is
        -- counted in its row, and compared as it is behind the lock with what is known to have ended: at least so many
        -- have. At another level of isolation nothing is decided; campaign_lock_pool says so.
        pool_name := route ->> 'pool';
        limit_in_force := deployment -> 'limits' ->> pool_name;
        UPDATE campaign_pools p SET begun = p.begun + 1
        WHERE p.name = pool_name AND p.halted_reason IS NULL
            AND p.begun - p.ended_at_least < coalesce(p.max_live, limit_in_force)
            AND current_setting('transaction_isolation') = 'read committed';
        IF NOT FOUND THEN
            -- Full or halted, or not when all that have ended are counted; or nobody has used it before. The count is a
            -- statement of its own after the lock: in a PL/pgSQL function each statement has a new snapshot, whereas a
            -- count in the locking statement would see the pool as it was before the wait (measured: 14 live at 10).
            pool := campaign_lock_pool(pool_name);
            active := campaign_live_in_pool(pool_name);
            limit_in_force := coalesce(pool.max_live, limit_in_force, 0);
            IF pool.halted_reason IS NOT NULL OR active >= limit_in_force THEN
                unusual := 'no_room';
                EXIT usual;
            END IF;
            UPDATE campaign_pools p SET begun = p.begun + 1, ended_at_least = p.begun - greatest(active, 0)
            WHERE p.name = pool_name;
        END IF;

        now_ := clock_timestamp();
        INSERT INTO campaign_runs (
            campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, resumed_from,
            previous_status, request_key, request_hash, created_at, last_attempt_at, not_after, counted_in
        ) VALUES (
            stored_id, run_number, new_run_id, type_, pool_name, 'dispatching',
            left(regexp_replace(known_as, '[^A-Za-z0-9_-]', '-', 'g'), 40)
                || '-' || run_number || '-' || left(new_run_id, 8),
            input, CASE WHEN resumes THEN latest_number END, status_before, asked_key, asked_hash, now_, now_,
            now_ + make_interval(secs => (route ->> 'claim_window_seconds')::double precision), pg_current_xact_id()
        ) RETURNING execution_name, not_after INTO name_of_execution, claimable_until;
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, status_from, status_to, run_state_to, source, actor, request_id, reason
        ) VALUES (
            known_as, now_, asked_action || '_admitted', run_number, status_before, status_to, 'dispatching',
            asked_by, actor_name, asked_in, because
        );
        UPDATE campaigns SET status = new_status, updated_at = now_ WHERE id = stored_id;

        -- Of an admitted run what the caller does not know: the rest is as a new run has it.
        RETURN json_build_array(
            known_as, type_, run_number, pool_name, name_of_execution, input, CASE WHEN resumes THEN latest_number END,
            status_before, now_, claimable_until,
            NULL, NULL, NULL -- the pool's usage, which code of before takes from here and does not look at
        );
    END;

    request := jsonb_build_object(
        'campaign_id', asked_id, 'action', asked_action, 'key', asked_key, 'content_hash', asked_hash,
        'run_id', new_run_id, 'routes', deployment -> 'routes', 'holders_wanted', holders_wanted
    );
    IF unusual = 'known' THEN
        RETURN coalesce(campaign_replayed(known_as, request), '{"verdict": "campaign_not_found"}');
    ELSIF unusual = 'objection' THEN
        RETURN campaign_objection((SELECT c FROM campaigns c WHERE c.id = stored_id), request);
    ELSIF unusual = 'too_large' THEN
        RETURN campaign_input_too_large(
            (SELECT c FROM campaigns c WHERE c.id = stored_id), input, (route ->> 'max_input_bytes')::integer, request
        );
    END IF;
    RETURN campaign_no_room(
        (SELECT c FROM campaigns c WHERE c.id = stored_id), pool, active, limit_in_force, request
    );
END
$$;

-- As the code asks for it. The pool's lock ends with the commit, and the next admission need not wait until the disk
-- has this one: the first commit waits for no disk, and the second, which has nothing but a mark in the log, for both.
-- The answer comes after the second (docs/decisions/0014-a-pool-is-not-locked-while-the-disk-writes.md).
--
-- With the rights of its caller, who needs those to campaign_admit_run: a procedure that commits may have no others.
CREATE OR REPLACE PROCEDURE campaign_admit_run_durably(
    asked_id text, asked_key text, asked_hash text, asked_action text, resumes boolean, status_to text,
    allowed_from text[], new_run_id text, asked_by text, actor_name text, asked_in text, because text,
    holders_wanted integer, deployment jsonb, INOUT decision text
) LANGUAGE plpgsql AS $$
DECLARE
    has_written boolean;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    decision := campaign_admit_run(
        asked_id, asked_key, asked_hash, asked_action, resumes, status_to, allowed_from, new_run_id, asked_by,
        actor_name, asked_in, because, holders_wanted, deployment
    );
    has_written := pg_current_xact_id_if_assigned() IS NOT NULL;
    COMMIT;
    IF has_written THEN
        PERFORM pg_logical_emit_message(true, 'campaign_orchestrator', '');
    END IF;
END
$$;
