-- Reading.

CREATE OR REPLACE FUNCTION campaign_find_run(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT campaign_run_json(r, clock_timestamp()) FROM campaign_runs r
    WHERE r.campaign_id = campaign_id_of(request ->> 'campaign_id')
        AND r.number = (request ->> 'number')::integer
$$;

CREATE OR REPLACE FUNCTION campaign_find_run_by_execution_name(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT campaign_run_json(r, clock_timestamp()) FROM campaign_runs r
    WHERE r.execution_name = request ->> 'execution_name'
$$;

CREATE OR REPLACE FUNCTION campaign_live_runs(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(campaign_run_json(live.run, clock_timestamp()) ORDER BY live.position), '[]')
    FROM (
        SELECT r AS run, row_number() OVER (ORDER BY r.created_at, r.campaign_id) AS position
        FROM campaign_runs r WHERE r.pool = request ->> 'pool' AND r.state <> 'ended'
        ORDER BY r.created_at, r.campaign_id LIMIT (request ->> 'limit')::integer
    ) live
$$;

CREATE OR REPLACE FUNCTION campaign_live_runs_by_campaign(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(campaign_run_json(live.run, clock_timestamp()) ORDER BY live.position), '[]')
    FROM (
        SELECT r AS run, row_number() OVER (ORDER BY r.campaign_id) AS position
        FROM campaign_runs r
        WHERE r.pool = request ->> 'pool' AND r.state <> 'ended'
            AND (request ->> 'after' IS NULL OR r.campaign_id > campaign_id_of(request ->> 'after'))
        ORDER BY r.campaign_id LIMIT (request ->> 'limit')::integer
    ) live
$$;

-- By the ids as they were asked for: a uuid may be asked for in capitals. Without dispatch inputs, which can be large.
CREATE OR REPLACE FUNCTION campaign_find_campaigns(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(asked.id, campaign_json(c.campaign) || CASE WHEN (latest.run).number IS NULL THEN '{}' ELSE
        jsonb_build_object('latest_run', campaign_run_json(latest.run, clock_timestamp()) - 'dispatch_input')
    END), '{}')
    FROM jsonb_array_elements_text(request -> 'campaign_ids') AS asked (id)
    -- One at a time: joined, the planner would take the few ids for a hundred and read the whole table for them.
    CROSS JOIN LATERAL (
        SELECT found AS campaign, found.id FROM campaigns found WHERE found.id = campaign_id_of(asked.id) LIMIT 1
    ) c
    LEFT JOIN LATERAL (
        SELECT r AS run FROM campaign_runs r WHERE r.campaign_id = c.id ORDER BY r.number DESC LIMIT 1
    ) latest ON true
$$;

CREATE OR REPLACE FUNCTION campaign_history(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.id), '[]')
    FROM (
        SELECT * FROM campaign_events
        WHERE campaign_id = coalesce(campaign_id_of(request ->> 'campaign_id')::text, request ->> 'campaign_id')
        ORDER BY id DESC LIMIT (request ->> 'limit')::integer
    ) e
$$;
