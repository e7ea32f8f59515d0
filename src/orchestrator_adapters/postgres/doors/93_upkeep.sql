-- What only reconciliation asks: executions without a live run, and how far the scheduled passes have come.

CREATE OR REPLACE FUNCTION campaign_names_without_live_run(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(
        asked.name,
        CASE WHEN found.number IS NOT NULL THEN campaign_run_json(found.run, clock_timestamp()) - 'dispatch_input' END
    ), '{}')
    FROM jsonb_array_elements_text(request -> 'execution_names') AS asked (name)
    -- One at a time: joined, the planner could read the whole table for a few names.
    LEFT JOIN LATERAL (
        SELECT r AS run, r.number, r.state FROM campaign_runs r WHERE r.execution_name = asked.name LIMIT 1
    ) found ON true
    WHERE found.number IS NULL OR found.state = 'ended'
$$;

CREATE OR REPLACE FUNCTION campaign_note_orphan(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
BEGIN
    -- There is no row to lock: a pool's row belongs to its admissions. A call whose answer was lost may be at its commit
    -- when it is made again, and is waited for here, so that the look at what is noted sees it (F19).
    PERFORM pg_advisory_xact_lock(hashtextextended('orphan ' || (request ->> 'execution_name'), 0));
    IF EXISTS (
        SELECT FROM campaign_events noted
        WHERE noted.campaign_id = request ->> 'subject' AND noted.kind = 'orphan_stopped'
            AND noted.detail ->> 'execution_name' = request ->> 'execution_name'
            AND noted.request_id IS NOT DISTINCT FROM request #>> '{origin,request_id}'
            -- Whoever embeds the domain may give no ids to requests: what was stopped long ago was stopped by another.
            AND noted.at > clock_timestamp() - interval '10 minutes'
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO campaign_events (
        campaign_id, at, kind, run_number, run_state_from, run_state_to,
        source, actor, request_id, reason, cause, detail
    ) VALUES (
        request ->> 'subject', clock_timestamp(), 'orphan_stopped', (request ->> 'number')::integer,
        request ->> 'state', request ->> 'state',
        request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
        request #>> '{origin,reason}', request ->> 'cause',
        jsonb_build_object('execution_name', request ->> 'execution_name')
    );
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION campaign_reconcile_place(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(campaign_id) FROM campaign_reconcile_places WHERE pool = request ->> 'pool'
$$;

-- In a table of its own: the pool's row belongs to its admissions, which would wait for this write.
CREATE OR REPLACE FUNCTION campaign_remember_reconcile_place(request jsonb) RETURNS jsonb
LANGUAGE sql AS $$
    INSERT INTO campaign_reconcile_places (pool, campaign_id)
    VALUES (request ->> 'pool', request ->> 'campaign_id')
    ON CONFLICT (pool) DO UPDATE SET campaign_id = excluded.campaign_id
    RETURNING NULL::jsonb
$$;
