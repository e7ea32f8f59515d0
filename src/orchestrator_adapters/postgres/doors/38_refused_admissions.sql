-- What an admission comes to that admits nothing.

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
