-- The point of commitment of start, resume and retry: one call, one commit (I1, I3, I9, I12).

-- The first field of the campaign that cannot be run, or NULL.
CREATE OR REPLACE FUNCTION campaign_invalid_field(campaign campaigns, routes jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    config jsonb := campaign_config_of(campaign.config);
BEGIN
    IF NOT routes ? coalesce(campaign.type::text, '') THEN
        RETURN jsonb_build_object(
            'name', 'type', 'value', left(coalesce(campaign.type::text, ''), 80),
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
    IF campaign.timezone IS NOT NULL AND NOT campaign_timezone_is_known(campaign.timezone) THEN
        RETURN jsonb_build_object(
            'name', 'timezone', 'value', left(campaign.timezone, 80),
            'allowed', 'the name of an IANA time zone'
        );
    END IF;
    RETURN NULL;
END
$$;

-- The JSON object that the dispatcher is handed; twin of orchestrator_domain.dispatch_input.
CREATE OR REPLACE FUNCTION campaign_dispatch_input(
    campaign campaigns, route jsonb, run_id text, run_number integer, resumed_from integer
) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    config jsonb := campaign_config_of(campaign.config);
    document jsonb := route -> 'envelope';
    field text;
BEGIN
    IF route -> 'merged_from_config' <> '[]' THEN
        FOR field IN SELECT jsonb_array_elements_text(route -> 'merged_from_config') LOOP
            document := document || jsonb_build_object(
                field,
                coalesce(document -> field, '{}')
                    || CASE WHEN jsonb_typeof(config -> field) = 'object' THEN config -> field ELSE '{}' END
            );
        END LOOP;
    END IF;
    RETURN document || jsonb_build_object(
        'campaignId', campaign.id::text,
        'campaignName', coalesce(campaign.name, ''),
        'campaignType', campaign.type::text,
        'config', config,
        'timezone', campaign.timezone,
        'runId', run_id,
        'runNumber', run_number,
        'resumedFrom', resumed_from
    );
END
$$;

-- Why the campaign cannot be run, whatever room there is.
CREATE OR REPLACE FUNCTION campaign_objection(campaign campaigns, request jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    latest campaign_runs := campaign_latest_run(campaign);
    invalid jsonb := campaign_invalid_field(campaign, request -> 'routes');
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

-- What almost every request comes to takes five statements and calls few functions: each costs more than the rows that it
-- reads or writes (docs/decisions/0013-few-statements-for-an-admission.md). What is unusual is left to the functions
-- above.
CREATE OR REPLACE FUNCTION campaign_admit(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    campaign campaigns;
    pool campaign_pools;
    route jsonb;
    latest_number integer;
    latest_state text;
    key_is_known boolean;
    run_number integer;
    resumed_from integer;
    input text;
    name_of_execution text;
    not_after timestamptz;
    now_ timestamptz;
    active bigint;
    limit_in_force bigint;
    new_status campaigns.status%TYPE := request ->> 'status_to';
BEGIN
    -- First the campaign's row: two starts of one campaign, and two deliveries of one key, are decided one after the
    -- other (F2, F4). Then the pool's. Always this order, one of each, so there is no deadlock.
    SELECT * INTO campaign FROM campaigns
    WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;

    -- Behind the lock, and so in a statement of its own: it sees what the lock has waited for.
    SELECT latest.number, latest.state, EXISTS (
        SELECT FROM campaign_requests known
        WHERE known.campaign_id = coalesce(campaign.id::text, request ->> 'campaign_id')
            AND known.key = request ->> 'key'
    ) INTO latest_number, latest_state, key_is_known
    FROM (VALUES (1)) one
    LEFT JOIN LATERAL (
        SELECT r.number, r.state FROM campaign_runs r
        WHERE r.campaign_id = campaign.id ORDER BY r.number DESC LIMIT 1
    ) latest ON true;
    IF key_is_known THEN
        RETURN campaign_replayed(coalesce(campaign.id::text, request ->> 'campaign_id'), request);
    ELSIF campaign.id IS NULL THEN
        RETURN '{"verdict": "campaign_not_found"}';
    END IF;
    IF latest_state <> 'ended'
        OR NOT request -> 'allowed_from' ? coalesce(campaign.status::text, '')
        OR campaign_invalid_field(campaign, request -> 'routes') IS NOT NULL
    THEN
        RETURN campaign_objection(campaign, request);
    END IF;

    route := request -> 'routes' -> campaign.type::text;
    run_number := coalesce(latest_number, 0) + 1;
    resumed_from := CASE WHEN (request ->> 'resumes')::boolean THEN latest_number END;
    input := campaign_dispatch_input(campaign, route, request ->> 'run_id', run_number, resumed_from);
    IF octet_length(input) > (route ->> 'max_input_bytes')::integer THEN
        RETURN campaign_input_too_large(campaign, input, (route ->> 'max_input_bytes')::integer, request);
    END IF;

    -- From here on nobody else admits to this pool, nor changes its limit or halt, until the commit. The count is a
    -- statement of its own after the lock: in a PL/pgSQL function each statement has a new snapshot, whereas a count in
    -- the locking statement would see the pool as it was before the wait (measured: 14 live at a limit of 10).
    pool := campaign_lock_pool(route ->> 'pool');
    now_ := clock_timestamp();
    active := campaign_live_in_pool(pool.name);
    limit_in_force := coalesce(pool.max_live, (request -> 'limits' ->> pool.name)::integer, 0);
    IF pool.halted_reason IS NOT NULL OR active >= limit_in_force THEN
        RETURN campaign_no_room(campaign, pool, active, limit_in_force, request);
    END IF;

    WITH changed AS (
        UPDATE campaigns SET status = new_status, updated_at = now_ WHERE id = campaign.id
    ), audited AS (
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, status_from, status_to, run_state_to,
            source, actor, request_id, reason
        ) VALUES (
            campaign.id::text, now_, (request ->> 'action') || '_admitted', run_number,
            campaign.status::text, new_status::text, 'dispatching',
            request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
            request #>> '{origin,reason}'
        )
    ), remembered AS (
        INSERT INTO campaign_requests (campaign_id, key, content_hash, decision, run_number)
        VALUES (
            campaign.id::text, request ->> 'key', request ->> 'content_hash', '{"verdict": "admitted"}', run_number
        )
    )
    INSERT INTO campaign_runs AS run (
        campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, resumed_from,
        previous_status, request_key, created_at, last_attempt_at, not_after
    ) VALUES (
        campaign.id, run_number, request ->> 'run_id', campaign.type::text, pool.name, 'dispatching',
        left(regexp_replace(campaign.id::text, '[^A-Za-z0-9_-]', '-', 'g'), 40)
            || '-' || run_number || '-' || left(request ->> 'run_id', 8),
        input, resumed_from, campaign.status::text, request ->> 'key', now_, now_,
        now_ + make_interval(secs => (route ->> 'claim_window_seconds')::double precision)
    ) RETURNING run.execution_name, run.not_after INTO name_of_execution, not_after;

    RETURN jsonb_build_object(
        'verdict', 'admitted',
        -- What the row holds beside is as a new run has it.
        'run', jsonb_build_object(
            'campaign_id', campaign.id::text, 'campaign_type', campaign.type::text, 'number', run_number,
            'run_id', request ->> 'run_id', 'pool', pool.name, 'state', 'dispatching', 'attempts', 1, 'unknown', false,
            'execution_name', name_of_execution, 'dispatch_input', input, 'resumed_from', resumed_from,
            'previous_status', campaign.status::text, 'created_at', now_, 'last_attempt_at', now_,
            'observed_at', now_, 'not_after', not_after
        ),
        'usage', jsonb_build_object(
            'name', pool.name, 'active', active + 1, 'limit', limit_in_force,
            'limit_is_stored', pool.max_live IS NOT NULL, 'observed_at', now_
        )
    );
END
$$;
