-- Rows as JSON, and what depends on the types of an adopted table "campaigns".

-- An id as it was asked for, in the type of campaigns.id; NULL when it cannot be one.
-- A campaign's config as jsonb; NULL when it is no JSON at all.
DO $$
DECLARE
    id_type text := (
        SELECT format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = 'campaigns'::regclass AND attname = 'id'
    );
    config_type text := (
        SELECT format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = 'campaigns'::regclass AND attname = 'config'
    );
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION campaign_id_of(asked text) RETURNS %s LANGUAGE sql IMMUTABLE AS %L',
        id_type,
        CASE id_type
            WHEN 'uuid' THEN $uuid$
                SELECT CASE WHEN asked ~* '^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$' THEN asked::uuid END
            $uuid$
            ELSE 'SELECT asked'
        END
    );
    IF config_type IN ('json', 'jsonb') THEN
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION campaign_config_of(config %s) RETURNS jsonb LANGUAGE sql IMMUTABLE AS %L',
            config_type, 'SELECT config::jsonb'
        );
    ELSE
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION campaign_config_of(config %s) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS %L',
            config_type,
            'BEGIN RETURN config::jsonb; EXCEPTION WHEN data_exception THEN RETURN NULL; END'
        );
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION campaign_run_json(run campaign_runs, observed_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(run) - '{claim_token,lease_token,request_key}'::text[]
        || jsonb_build_object('observed_at', observed_at)
$$;

CREATE OR REPLACE FUNCTION campaign_latest_run(of_campaign campaigns) RETURNS campaign_runs
LANGUAGE sql STABLE AS $$
    SELECT r FROM campaign_runs r WHERE r.campaign_id = of_campaign.id ORDER BY r.number DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION campaign_json(campaign campaigns) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'campaign_id', campaign.id::text,
        'campaign_type', campaign.type::text,
        'name', campaign.name,
        'status', campaign.status::text,
        'config', campaign_config_of(campaign.config),
        'timezone', campaign.timezone,
        'updated_at', campaign.updated_at
    )
$$;

-- Names of IANA zones have an area or are an abbreviation that PostgreSQL knows; POSIX rules ("EST5EDT,M3...") and
-- offsets, which AT TIME ZONE takes too, are no zone of a campaign.
CREATE OR REPLACE FUNCTION campaign_timezone_is_known(zone text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF zone !~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)+$' AND zone !~ '^[A-Z]{3,4}$' THEN
        RETURN false;
    END IF;
    PERFORM now() AT TIME ZONE zone;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$$;

-- A batch may be going on until the end of its lease, and five seconds for the holder's clock (assumption A1).
CREATE OR REPLACE FUNCTION campaign_lease_is_open(run campaign_runs, at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT run.lease_until IS NOT NULL AND at <= run.lease_until + interval '5 seconds'
$$;
