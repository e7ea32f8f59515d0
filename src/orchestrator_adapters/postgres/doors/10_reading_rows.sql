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
    IF config_type = 'jsonb' THEN
        EXECUTE 'CREATE OR REPLACE FUNCTION campaign_config_of(config jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS'
            ' ''SELECT config''';
    ELSE
        -- The type json, too, holds what jsonb refuses: a NUL character, a number without bounds.
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION campaign_config_of(config %s) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS %L',
            config_type,
            'BEGIN RETURN config::jsonb; EXCEPTION WHEN data_exception THEN RETURN NULL; END'
        );
    END IF;
END
$$;

-- Whether there is something below the hundredth level; twin of orchestrator_domain.config_depth.
CREATE OR REPLACE FUNCTION campaign_config_is_too_deep(config jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_path_exists(config, '$.**{101}'), false)
$$;

CREATE OR REPLACE FUNCTION campaign_run_json(run campaign_runs, observed_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(run) - '{claim_token,lease_token,request_key,request_hash,counted_in}'::text[]
        || jsonb_build_object('observed_at', observed_at)
$$;

CREATE OR REPLACE FUNCTION campaign_latest_run(of_campaign campaigns) RETURNS campaign_runs
LANGUAGE sql STABLE AS $$
    SELECT r FROM campaign_runs r WHERE r.campaign_id = of_campaign.id ORDER BY r.number DESC LIMIT 1
$$;

-- An adopted table may hold NULL where ours holds text: such a campaign is shown, and refused, with empty text.
CREATE OR REPLACE FUNCTION campaign_json(campaign campaigns) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'campaign_id', campaign.id::text,
        'campaign_type', coalesce(campaign.type::text, ''),
        'name', coalesce(campaign.name, ''),
        'status', coalesce(campaign.status::text, ''),
        'config', CASE
            WHEN NOT campaign_config_is_too_deep(campaign_config_of(campaign.config)) THEN campaign_config_of(campaign.config)
        END,
        'timezone', campaign.timezone,
        'updated_at', campaign.updated_at
    )
$$;

-- AT TIME ZONE takes more than the names of zones: abbreviations ("PST"), which are one offset and no zone, and POSIX
-- rules ("Foo/Bar+3"), which always hold a digit. So a name has an area and no digit, or is one of the few that the
-- IANA database has without an area or with a digit (https://data.iana.org/time-zones/tzdb/backward). Whether there
-- is such a zone PostgreSQL knows; its list of them, pg_timezone_names, reads hundreds of files at each query.
CREATE OR REPLACE FUNCTION campaign_timezone_is_known(zone text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF zone !~ '^(US|[A-Z][a-z]+)(/[A-Z][A-Za-z]*([_-][A-Za-z]+)*)+$'
        AND zone !~ '^(Etc/)?GMT[+-]?0$'
        AND zone !~ '^Etc/GMT(\+([1-9]|1[0-2])|-([1-9]|1[0-4]))$'
        AND zone <> ALL (ARRAY[
            'UTC', 'GMT', 'UCT', 'Universal', 'Zulu', 'Greenwich', 'CET', 'EET', 'MET', 'WET', 'EST', 'MST', 'HST',
            'EST5EDT', 'CST6CDT', 'MST7MDT', 'PST8PDT', 'Cuba', 'Egypt', 'Eire', 'GB', 'GB-Eire', 'Hongkong',
            'Iceland', 'Iran', 'Israel', 'Jamaica', 'Japan', 'Kwajalein', 'Libya', 'NZ', 'NZ-CHAT', 'Navajo',
            'PRC', 'Poland', 'Portugal', 'ROC', 'ROK', 'Singapore', 'Turkey', 'W-SU'
        ])
    THEN
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
