-- The commitment of pause and stop: from this commit on no batch of the campaign begins (I7).

CREATE OR REPLACE FUNCTION campaign_begin_stopping(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    campaign campaigns;
    known_as text;
    live campaign_runs;
    stopped campaign_runs;
    decision jsonb;
    now_ timestamptz;
    status_before text;
    status_after text;
    stands boolean;
    new_status campaigns.status%TYPE := request ->> 'status_to';
BEGIN
    SELECT * INTO campaign FROM campaigns
    WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;
    -- The run's row is locked too: a batch that is being granted is granted before this commit, or not at all. And
    -- before the key is looked up: where the campaign's row has vanished, two deliveries are ordered by it (F2, F15).
    SELECT * INTO live FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND state <> 'ended' FOR NO KEY UPDATE;
    now_ := clock_timestamp();
    stands := campaign.id IS NOT NULL AND campaign.status::text IS NOT DISTINCT FROM new_status::text;

    -- A key is kept under the id as it is stored, however it was spelled, also where the campaign's row has vanished.
    known_as := coalesce(
        campaign.id::text, campaign_id_of(request ->> 'campaign_id')::text, request ->> 'campaign_id'
    );
    decision := campaign_replayed(known_as, request);
    IF decision IS NOT NULL THEN
        RETURN decision;
    END IF;

    IF campaign.id IS NULL AND live.number IS NULL THEN
        RETURN jsonb_build_object('verdict', 'campaign_not_found');
    ELSIF (stands OR campaign.id IS NULL) AND coalesce(live.state, 'stopping') = 'stopping' THEN
        decision := jsonb_build_object(
            'verdict', 'already_done',
            'campaign', CASE WHEN campaign.id IS NOT NULL THEN campaign_json(campaign) END
        );
    ELSIF campaign.id IS NOT NULL AND NOT stands
        AND NOT request -> 'allowed_from' ? coalesce(campaign.status::text, '')
    THEN
        decision := jsonb_build_object('verdict', 'invalid_state', 'campaign', campaign_json(campaign));
    ELSE
        -- Where others wrote the status that is asked for, only its run is left to be stopped (I7, F15).
        IF campaign.id IS NOT NULL AND NOT stands THEN
            status_before := campaign.status::text;
            status_after := new_status::text;
            UPDATE campaigns SET status = new_status, updated_at = now_ WHERE id = campaign.id;
            campaign.status := new_status;
            campaign.updated_at := now_;
        END IF;
        IF live.number IS NOT NULL THEN
            UPDATE campaign_runs
            SET state = 'stopping', cause = coalesce(live.cause, (request ->> 'action') || ' requested')
            WHERE campaign_id = live.campaign_id AND number = live.number
            RETURNING * INTO stopped;
        END IF;
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, status_from, status_to, run_state_from, run_state_to,
            source, actor, request_id, reason
        ) VALUES (
            known_as, now_, (request ->> 'action') || '_requested',
            live.number, status_before, status_after, live.state, stopped.state,
            request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
            request #>> '{origin,reason}'
        );
        decision := jsonb_build_object(
            'verdict', 'stopping',
            'campaign', CASE WHEN campaign.id IS NOT NULL THEN campaign_json(campaign) END
        );
        live := stopped;
    END IF;

    PERFORM campaign_remember(known_as, request, decision, live.number);
    IF live.number IS NOT NULL THEN
        decision := decision || jsonb_build_object('run', campaign_run_json(live, now_));
    ELSE
        live := campaign_latest_run(campaign);
        IF live.number IS NOT NULL THEN
            decision := decision || jsonb_build_object('latest_run', campaign_run_json(live, now_));
        END IF;
    END IF;
    RETURN decision;
END
$$;

-- The same fence for one run alone, when its campaign's row has been changed or deleted behind our back (F15).
CREATE OR REPLACE FUNCTION campaign_fence_run(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    before campaign_runs;
    run campaign_runs;
BEGIN
    SELECT * INTO before FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    run := before;
    IF before.state NOT IN ('stopping', 'ended') THEN
        UPDATE campaign_runs SET state = 'stopping', cause = request ->> 'cause'
        WHERE campaign_id = before.campaign_id AND number = before.number
        RETURNING * INTO run;
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, run_state_from, run_state_to,
            source, actor, request_id, reason, cause
        ) VALUES (
            run.campaign_id::text, clock_timestamp(), 'fenced', run.number, before.state, run.state,
            request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
            request #>> '{origin,reason}', request ->> 'cause'
        );
    END IF;
    RETURN campaign_run_json(run, clock_timestamp());
END
$$;
