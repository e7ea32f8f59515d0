-- Limits and halts at run time, and the live runs of a halted pool.

-- Of earlier versions.
DROP FUNCTION IF EXISTS campaign_set_pool(jsonb), campaign_pool_is_halted(jsonb);

CREATE OR REPLACE FUNCTION campaign_note_pool(
    pool_name text, kind text, because text, detail jsonb, origin jsonb
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO campaign_events (campaign_id, at, kind, source, actor, request_id, reason, cause, detail)
    VALUES (
        'pool:' || pool_name, clock_timestamp(), kind, origin ->> 'source', origin ->> 'actor',
        origin ->> 'request_id', origin ->> 'reason', because, detail
    )
$$;

-- Several pools are changed by one commit, or none is.
CREATE OR REPLACE FUNCTION campaign_change_pools(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    pool_name text;
    asked jsonb;
    pool campaign_pools;
    known text;
    is_replayed boolean := false;
BEGIN
    -- All of them are locked before any is changed, in the order of their names: two such calls cannot wait for each
    -- other in a circle, and whoever admits holds one pool only. The keys are looked up behind the locks, so that of
    -- two deliveries one decides (F2).
    FOR pool_name IN SELECT name FROM jsonb_object_keys(request -> 'pools') AS name ORDER BY name COLLATE "C" LOOP
        PERFORM campaign_lock_pool(pool_name);
    END LOOP;
    FOR pool_name IN SELECT jsonb_object_keys(request -> 'pools') LOOP
        SELECT content_hash INTO known FROM campaign_requests
        WHERE campaign_id = 'pool:' || pool_name AND key = request ->> 'key';
        IF FOUND AND known <> request ->> 'content_hash' THEN
            RETURN '{"verdict": "key_reused"}';
        END IF;
        is_replayed := is_replayed OR FOUND;
    END LOOP;
    IF is_replayed THEN
        RETURN '{"verdict": "replayed"}';
    END IF;

    FOR pool_name, asked IN SELECT * FROM jsonb_each(request -> 'pools') LOOP
        SELECT * INTO pool FROM campaign_pools WHERE name = pool_name;
        IF asked ? 'limit' AND pool.max_live IS DISTINCT FROM (asked ->> 'limit')::integer THEN
            PERFORM campaign_note_pool(
                pool_name, 'limit_changed', NULL,
                jsonb_build_object('limit', asked -> 'limit', 'limit_before', pool.max_live), request -> 'origin'
            );
            pool.max_live := (asked ->> 'limit')::integer;
        END IF;
        IF asked ? 'halted' AND pool.halted_reason IS DISTINCT FROM asked ->> 'halted' THEN
            PERFORM campaign_note_pool(
                pool_name, CASE WHEN asked ->> 'halted' IS NULL THEN 'unhalted' ELSE 'halted' END, asked ->> 'halted',
                jsonb_build_object('halted', asked -> 'halted', 'halted_before', pool.halted_reason),
                request -> 'origin'
            );
            pool.halted_reason := asked ->> 'halted';
        END IF;
        UPDATE campaign_pools
        SET max_live = pool.max_live, halted_reason = pool.halted_reason, version = version + 1
        WHERE name = pool_name
            AND (max_live, halted_reason) IS DISTINCT FROM (pool.max_live, pool.halted_reason);
        IF request ->> 'key' IS NOT NULL THEN
            PERFORM campaign_remember('pool:' || pool_name, request, '{"verdict": "done"}', NULL);
        END IF;
    END LOOP;
    RETURN '{"verdict": "done"}';
END
$$;

-- Locks as everywhere: the campaign's row, the pool's FOR SHARE (nothing is paused behind the end of a halt), the run's.
CREATE OR REPLACE FUNCTION campaign_pause_halted_run(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    campaign campaigns;
    before campaign_runs;
    run campaign_runs;
    halted_because text;
    status_before text;
    status_after campaigns.status%TYPE;
    now_ timestamptz;
BEGIN
    SELECT * INTO campaign FROM campaigns
    WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;
    halted_because := campaign_halt_of_pool(request);
    IF halted_because IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO before FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    now_ := clock_timestamp();
    run := before;
    IF before.state NOT IN ('stopping', 'ended') THEN
        UPDATE campaign_runs SET state = 'stopping', cause = coalesce(before.cause, 'halt requested')
        WHERE campaign_id = before.campaign_id AND number = before.number
        RETURNING * INTO run;
        -- A campaign has one live run, which is its latest, so an active campaign's status is this run's to change.
        IF campaign.status::text = 'active' THEN
            status_before := 'active';
            status_after := 'paused';
            UPDATE campaigns SET status = status_after, updated_at = now_ WHERE id = campaign.id;
        END IF;
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, status_from, status_to, run_state_from, run_state_to,
            source, actor, request_id, reason, cause
        ) VALUES (
            run.campaign_id::text, now_, 'halt_requested', run.number, status_before, status_after::text,
            before.state, run.state,
            request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
            request #>> '{origin,reason}', halted_because
        );
    END IF;
    RETURN campaign_run_json(run, now_);
END
$$;
