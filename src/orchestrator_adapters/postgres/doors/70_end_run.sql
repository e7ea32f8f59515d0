-- The end of a run frees its slot by the same commit (I6).

-- Ends the run, with what follows for its campaign and its key. The campaign's row and the run's are locked by the
-- caller, in this order.
CREATE OR REPLACE FUNCTION campaign_close_run(run campaign_runs, ended_as text, because text, origin jsonb)
RETURNS campaign_runs LANGUAGE plpgsql AS $$
DECLARE
    campaign campaigns;
    ended campaign_runs;
    recorded text := CASE run.state WHEN 'stopping' THEN 'stopped' ELSE ended_as END;
    status_after campaigns.status%TYPE;
    now_ timestamptz := clock_timestamp();
BEGIN
    UPDATE campaign_runs
    SET state = 'ended', outcome = recorded, cause = because, ended_at = now_, lease_until = NULL, in_flight = 0,
        -- When nothing has happened under its key, the key is free again.
        request_hash = CASE WHEN recorded <> 'returned' THEN request_hash END
    WHERE campaign_id = run.campaign_id AND number = run.number
    RETURNING * INTO ended;

    SELECT * INTO campaign FROM campaigns WHERE id = run.campaign_id;
    -- A campaign has one live run, which is its latest, so an active campaign's status is this run's to change.
    IF campaign.status::text = 'active' THEN
        status_after := CASE
            WHEN recorded = 'succeeded' THEN 'completed'
            WHEN recorded = 'returned' THEN run.previous_status
            WHEN recorded <> 'stopped' THEN 'failed'
        END;
        IF status_after IS NOT NULL THEN
            UPDATE campaigns SET status = status_after, updated_at = now_ WHERE id = campaign.id;
        END IF;
    END IF;
    IF recorded = 'returned' THEN
        -- The same of a run that was admitted by an earlier version.
        DELETE FROM campaign_requests
        WHERE campaign_id = run.campaign_id::text AND key = run.request_key AND run_number = run.number;
    END IF;
    INSERT INTO campaign_events (
        campaign_id, at, kind, run_number, status_from, status_to, run_state_from, run_state_to,
        source, actor, request_id, reason, cause, detail
    ) VALUES (
        run.campaign_id::text, now_, 'run_ended', run.number,
        CASE WHEN status_after IS NOT NULL THEN campaign.status::text END, status_after::text,
        run.state, ended.state, origin ->> 'source', origin ->> 'actor', origin ->> 'request_id',
        origin ->> 'reason', because, jsonb_build_object('outcome', recorded)
    );
    RETURN ended;
END
$$;

CREATE OR REPLACE FUNCTION campaign_end_run(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    run campaign_runs;
    verdict text;
BEGIN
    -- The campaign's row first, as everywhere; it may be gone (F15).
    PERFORM FROM campaigns WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN '{"verdict": "run_not_found", "pool_active": 0}';
    ELSIF run.state = 'ended' THEN
        verdict := 'already_ended';
    ELSIF request ->> 'only_if_attempts' IS NOT NULL AND (
        (run.unknown AND (request ->> 'even_if_unknown')::boolean IS NOT TRUE)
        OR run.attempts <> (request ->> 'only_if_attempts')::integer
        OR run.execution_reference IS NOT NULL
        OR run.claimant IS NOT NULL
    ) THEN
        verdict := 'superseded';
    ELSIF campaign_lease_is_open(run, clock_timestamp()) THEN
        verdict := 'lease_open';
    ELSE
        verdict := 'ended';
        run := campaign_close_run(run, request ->> 'outcome', request ->> 'cause', request -> 'origin');
    END IF;
    RETURN jsonb_build_object(
        'verdict', verdict,
        'run', campaign_run_json(run, clock_timestamp()),
        'pool_active', campaign_live_in_pool(run.pool)
    );
END
$$;
