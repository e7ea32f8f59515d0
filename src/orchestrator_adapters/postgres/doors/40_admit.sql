-- The point of commitment of start, resume and retry: one call, one commit (I1, I3, I9, I12).

-- Of earlier versions.
DROP FUNCTION IF EXISTS campaign_invalid_field(campaigns, jsonb),
    campaign_dispatch_input(campaigns, jsonb, text, integer, integer);

-- The first field of the campaign that cannot be run, or NULL.
CREATE OR REPLACE FUNCTION campaign_invalid_field(type text, config jsonb, zone text, routes jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT routes ? coalesce(type, '') THEN
        RETURN jsonb_build_object(
            'name', 'type', 'value', left(coalesce(type, ''), 80),
            'allowed', 'one of ' || (SELECT string_agg(known, ', ') FROM jsonb_object_keys(routes) known)
        );
    END IF;
    IF config IS NULL OR jsonb_typeof(config) <> 'object' THEN
        -- Only its type is named: a config may hold what must not be shown.
        RETURN jsonb_build_object(
            'name', 'config', 'value', coalesce(jsonb_typeof(config), 'no JSON'), 'allowed', 'a JSON object'
        );
    END IF;
    IF campaign_config_is_too_deep(config) THEN
        RETURN jsonb_build_object(
            'name', 'config', 'value', 'nested too deeply', 'allowed', 'nested at most 100 levels deep'
        );
    END IF;
    IF zone IS NOT NULL AND NOT campaign_timezone_is_known(zone) THEN
        RETURN jsonb_build_object(
            'name', 'timezone', 'value', left(zone, 80), 'allowed', 'the name of an IANA time zone'
        );
    END IF;
    RETURN NULL;
END
$$;

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

-- Why the campaign cannot be run, whatever room there is.
CREATE OR REPLACE FUNCTION campaign_objection(campaign campaigns, request jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    latest campaign_runs := campaign_latest_run(campaign);
    invalid jsonb := campaign_invalid_field(
        campaign.type::text, campaign_config_of(campaign.config), campaign.timezone, request -> 'routes'
    );
    decision jsonb := jsonb_build_object('campaign', campaign_json(campaign));
BEGIN
    IF invalid IS NOT NULL THEN
        decision := decision || jsonb_build_object('verdict', 'invalid_campaign', 'invalid_field', invalid);
    ELSIF latest.state = 'stopping' THEN
        decision := decision || '{"verdict": "still_stopping"}';
    ELSE
        decision := decision || '{"verdict": "invalid_state"}';
    END IF;
    IF decision ->> 'verdict' <> 'still_stopping' THEN
        PERFORM campaign_remember(
            campaign.id::text, request, decision, CASE WHEN latest.state <> 'ended' THEN latest.number END
        );
    END IF;
    IF latest.number IS NOT NULL THEN
        decision := decision || jsonb_build_object(
            CASE latest.state WHEN 'ended' THEN 'latest_run' ELSE 'run' END,
            campaign_run_json(latest, clock_timestamp())
        );
    END IF;
    RETURN decision;
END
$$;

-- The refusal by a pool that is full or halted. Its row is locked by the caller.
CREATE OR REPLACE FUNCTION campaign_no_room(
    campaign campaigns, pool campaign_pools, active bigint, limit_in_force bigint, request jsonb
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    latest campaign_runs := campaign_latest_run(campaign);
    now_ timestamptz := clock_timestamp();
    decision jsonb := jsonb_build_object(
        'campaign', campaign_json(campaign),
        'verdict', CASE WHEN pool.halted_reason IS NULL THEN 'resource_limit_reached' ELSE 'pool_halted' END,
        'usage', jsonb_build_object(
            'name', pool.name, 'active', active, 'limit', limit_in_force,
            'limit_is_stored', pool.max_live IS NOT NULL, 'observed_at', now_,
            'halted_reason', pool.halted_reason,
            'holders', campaign_pool_holders(pool.name, (request ->> 'holders_wanted')::integer),
            'recent_run_seconds', campaign_pool_recent_seconds(pool.name)
        )
    );
BEGIN
    IF latest.number IS NOT NULL THEN
        decision := decision || jsonb_build_object('latest_run', campaign_run_json(latest, now_));
    END IF;
    RETURN decision;
END
$$;

CREATE OR REPLACE FUNCTION campaign_input_too_large(campaign campaigns, input text, limit_bytes integer, request jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    decision jsonb := jsonb_build_object(
        'campaign', campaign_json(campaign),
        'verdict', 'payload_too_large',
        'size_bytes', octet_length(input),
        'limit_bytes', limit_bytes,
        'largest_field', CASE
            WHEN octet_length(campaign.name) > octet_length(campaign_config_of(campaign.config)::text) THEN 'name'
            ELSE 'config'
        END
    );
BEGIN
    PERFORM campaign_remember(campaign.id::text, request, decision, NULL);
    RETURN decision;
END
$$;

-- What almost every request comes to is done here, by few statements of one table each and with few functions
-- (docs/decisions/0013-an-admission-takes-short-statements.md). What is unusual is left to the functions above.
CREATE OR REPLACE FUNCTION campaign_admit(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    asked_id text := request ->> 'campaign_id';
    asked_key text := request ->> 'key';
    new_run_id text := request ->> 'run_id';
    stored_id campaigns.id%TYPE;
    campaign_type text;
    status_before text;
    campaign_name text;
    config jsonb;
    zone text;
    latest_number integer;
    latest_state text;
    route jsonb;
    envelope jsonb;
    pool campaign_pools;
    run_number integer;
    resumed_from integer;
    input text;
    name_of_execution text;
    claimable_until timestamptz;
    now_ timestamptz;
    active bigint;
    limit_in_force bigint;
    new_status campaigns.status%TYPE := request ->> 'status_to';
BEGIN
    -- First the campaign's row: two starts of one campaign, and two deliveries of one key, are decided one after the
    -- other (F2, F4). Then the pool's. Always this order, one of each, so there is no deadlock.
    SELECT c.id, c.type::text, c.status::text, c.name, campaign_config_of(c.config), c.timezone
    INTO stored_id, campaign_type, status_before, campaign_name, config, zone
    FROM campaigns c WHERE c.id = campaign_id_of(asked_id) FOR NO KEY UPDATE;
    -- A key is kept under the id as it is stored, however it was spelled, also where the campaign's row has vanished.
    asked_id := coalesce(stored_id::text, campaign_id_of(asked_id)::text, asked_id);

    -- Behind the lock, and so in statements of their own: they see what the lock has waited for.
    PERFORM FROM campaign_requests known WHERE known.campaign_id = asked_id AND known.key = asked_key;
    IF FOUND THEN
        RETURN campaign_replayed(asked_id, request);
    ELSIF stored_id IS NULL THEN
        RETURN '{"verdict": "campaign_not_found"}';
    END IF;
    SELECT r.number, r.state INTO latest_number, latest_state
    FROM campaign_runs r WHERE r.campaign_id = stored_id ORDER BY r.number DESC LIMIT 1;
    IF latest_state <> 'ended'
        OR NOT request -> 'allowed_from' ? coalesce(status_before, '')
        OR campaign_invalid_field(campaign_type, config, zone, request -> 'routes') IS NOT NULL
    THEN
        RETURN campaign_objection((SELECT c FROM campaigns c WHERE c.id = stored_id), request);
    END IF;

    route := request -> 'routes' -> campaign_type;
    run_number := coalesce(latest_number, 0) + 1;
    resumed_from := CASE WHEN (request ->> 'resumes')::boolean THEN latest_number END;
    -- The JSON object that the dispatcher is handed; twin of orchestrator_domain.dispatch_input.
    envelope := route -> 'envelope';
    IF route -> 'merged_from_config' <> '[]' THEN
        envelope := campaign_merged_envelope(route, config);
    END IF;
    input := envelope || jsonb_build_object(
        'campaignId', asked_id,
        'campaignName', coalesce(campaign_name, ''),
        'campaignType', campaign_type,
        'config', config,
        'timezone', zone,
        'runId', new_run_id,
        'runNumber', run_number,
        'resumedFrom', resumed_from
    );
    IF octet_length(input) > (route ->> 'max_input_bytes')::integer THEN
        RETURN campaign_input_too_large(
            (SELECT c FROM campaigns c WHERE c.id = stored_id), input, (route ->> 'max_input_bytes')::integer, request
        );
    END IF;

    -- From here on nobody else admits to this pool, nor changes its limit or halt, until the commit. The count is a
    -- statement of its own after the lock: in a PL/pgSQL function each statement has a new snapshot, whereas a count in
    -- the locking statement would see the pool as it was before the wait (measured: 14 live at a limit of 10).
    -- Both are written out here: to call a function for each costs 4 % of an admission. What is unusual is left to it: a
    -- pool's first use, and another level of isolation, which it refuses.
    IF current_setting('transaction_isolation') = 'read committed' THEN
        SELECT * INTO pool FROM campaign_pools p WHERE p.name = route ->> 'pool' FOR NO KEY UPDATE;
    END IF;
    IF pool.name IS NULL THEN
        pool := campaign_lock_pool(route ->> 'pool');
    END IF;
    SELECT coalesce(sum(c.live), 0) INTO active FROM campaign_pool_counts c WHERE c.pool = pool.name;
    limit_in_force := coalesce(pool.max_live, (request -> 'limits' ->> pool.name)::integer, 0);
    IF pool.halted_reason IS NOT NULL OR active >= limit_in_force THEN
        RETURN campaign_no_room(
            (SELECT c FROM campaigns c WHERE c.id = stored_id), pool, active, limit_in_force, request
        );
    END IF;

    now_ := clock_timestamp();
    claimable_until := now_ + make_interval(secs => (route ->> 'claim_window_seconds')::double precision);
    name_of_execution := left(regexp_replace(asked_id, '[^A-Za-z0-9_-]', '-', 'g'), 40)
        || '-' || run_number || '-' || left(new_run_id, 8);
    INSERT INTO campaign_runs (
        campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, resumed_from,
        previous_status, request_key, created_at, last_attempt_at, not_after
    ) VALUES (
        stored_id, run_number, new_run_id, campaign_type, pool.name, 'dispatching', name_of_execution, input, resumed_from,
        status_before, asked_key, now_, now_, claimable_until
    );
    INSERT INTO campaign_requests (campaign_id, key, content_hash, decision, run_number)
    VALUES (asked_id, asked_key, request ->> 'content_hash', '{"verdict": "admitted"}', run_number);
    INSERT INTO campaign_events (
        campaign_id, at, kind, run_number, status_from, status_to, run_state_to, source, actor, request_id, reason
    ) VALUES (
        asked_id, now_, (request ->> 'action') || '_admitted', run_number, status_before, new_status::text, 'dispatching',
        request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
        request #>> '{origin,reason}'
    );
    UPDATE campaigns SET status = new_status, updated_at = now_ WHERE id = stored_id;

    -- A verdict is told of all else. Of an admitted run what the caller does not know: the rest is as a new run has it.
    RETURN jsonb_build_object(
        'campaign_id', asked_id, 'campaign_type', campaign_type, 'number', run_number, 'pool', pool.name,
        'execution_name', name_of_execution, 'dispatch_input', input, 'resumed_from', resumed_from,
        'previous_status', status_before, 'at', now_, 'not_after', claimable_until,
        'active', active + 1, 'limit', limit_in_force, 'limit_is_stored', pool.max_live IS NOT NULL
    );
END
$$;

-- As the code asks for it. The pool's lock ends with the commit, and the next admission need not wait until the disk
-- has this one: the first commit waits for no disk, and the second, which has nothing but a mark in the log, for both.
-- The answer comes after the second (docs/decisions/0014-a-pool-is-not-locked-while-the-disk-writes.md).
--
-- With the rights of its caller, who needs those to campaign_admit: a procedure that commits may have no others.
CREATE OR REPLACE PROCEDURE campaign_admit_durably(request jsonb, INOUT decision jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    has_written boolean;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    decision := campaign_admit(request);
    has_written := pg_current_xact_id_if_assigned() IS NOT NULL;
    COMMIT;
    IF has_written THEN
        PERFORM pg_logical_emit_message(true, 'campaign_orchestrator', '');
    END IF;
END
$$;
