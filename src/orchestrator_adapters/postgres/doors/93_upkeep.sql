-- What only reconciliation asks: executions without a live run, and how far the scheduled passes have come.

CREATE OR REPLACE FUNCTION campaign_names_without_live_run(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(
        asked.name,
        CASE WHEN r.number IS NOT NULL THEN campaign_run_json(r, clock_timestamp()) - 'dispatch_input' END
    ), '{}')
    FROM jsonb_array_elements_text(request -> 'execution_names') AS asked (name)
    LEFT JOIN campaign_runs r ON r.execution_name = asked.name
    WHERE r.number IS NULL OR r.state = 'ended'
$$;

CREATE OR REPLACE FUNCTION campaign_note_orphan(request jsonb) RETURNS jsonb
LANGUAGE sql AS $$
    INSERT INTO campaign_events (
        campaign_id, at, kind, run_number, run_state_from, run_state_to,
        source, actor, request_id, reason, cause, detail
    ) VALUES (
        request ->> 'subject', clock_timestamp(), 'orphan_stopped', (request ->> 'number')::integer,
        request ->> 'state', request ->> 'state',
        request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
        request #>> '{origin,reason}', request ->> 'cause',
        jsonb_build_object('execution_name', request ->> 'execution_name')
    )
    RETURNING NULL::jsonb
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
