-- What is recorded of dispatch attempts. Each locks one run; a new attempt also the pool's row, FOR SHARE.

CREATE OR REPLACE FUNCTION campaign_note_run(before campaign_runs, after campaign_runs, kind text, request jsonb)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO campaign_events (
        campaign_id, at, kind, run_number, run_state_from, run_state_to,
        source, actor, request_id, reason, cause
    ) VALUES (
        after.campaign_id::text, clock_timestamp(), kind, after.number, before.state, after.state,
        request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
        request #>> '{origin,reason}', request ->> 'cause'
    )
$$;

-- Compare-and-set: of two processes that would try again only one does (I4), and what became of the earlier attempts
-- is unknown from here on (I10).
CREATE OR REPLACE FUNCTION campaign_begin_attempt(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    halted boolean := campaign_halt_of_pool(request) IS NOT NULL;
    before campaign_runs;
    run campaign_runs;
    now_ timestamptz;
BEGIN
    SELECT * INTO before FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    now_ := clock_timestamp();
    IF NOT FOUND
        OR halted
        OR before.state IN ('stopping', 'ended')
        OR before.attempts <> (request ->> 'expected_attempts')::integer
        OR campaign_lease_is_open(before, now_)
    THEN
        RETURN NULL;
    END IF;
    UPDATE campaign_runs
    SET attempts = attempts + 1,
        fruitless_attempts = CASE
            WHEN sent + skipped + failed > accounted_for_at_attempt THEN 1 ELSE fruitless_attempts + 1
        END,
        accounted_for_at_attempt = sent + skipped + failed, unknown = true, last_attempt_at = now_,
        not_after = now_ + make_interval(secs => (request ->> 'claim_window_seconds')::double precision)
    WHERE campaign_id = before.campaign_id AND number = before.number
    RETURNING * INTO run;
    PERFORM campaign_note_run(before, run, 'attempt_begun', request);
    RETURN campaign_run_json(run, now_);
END
$$;

-- Almost every run is still as its dispatch has left it: one statement changes and audits that, and few values are
-- told of it. All else is looked at behind the run's lock.
CREATE OR REPLACE FUNCTION campaign_mark_dispatched(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    before campaign_runs;
    run campaign_runs;
    new_state text := request ->> 'state';
BEGIN
    WITH marked AS (
        UPDATE campaign_runs
        SET state = new_state, execution_reference = coalesce(execution_reference, request ->> 'reference'),
            dispatched_at = coalesce(dispatched_at, clock_timestamp()), unknown = false
        WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
            AND state = 'dispatching'
        RETURNING *
    ), audited AS (
        INSERT INTO campaign_events (
            campaign_id, at, kind, run_number, run_state_from, run_state_to,
            source, actor, request_id, reason
        )
        SELECT marked.campaign_id::text, clock_timestamp(), 'dispatched', marked.number, 'dispatching', marked.state,
            request #>> '{origin,source}', request #>> '{origin,actor}', request #>> '{origin,request_id}',
            request #>> '{origin,reason}'
        FROM marked
    )
    SELECT * INTO run FROM marked;
    IF NOT FOUND THEN
        SELECT * INTO before FROM campaign_runs
        WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        run := before;
        IF before.state = 'dispatching' OR (before.state = 'dispatched' AND new_state = 'running') THEN
            run.state := new_state;
        END IF;
        run.execution_reference := coalesce(before.execution_reference, request ->> 'reference');
        run.dispatched_at := coalesce(before.dispatched_at, clock_timestamp());
        run.unknown := before.unknown AND before.state IN ('stopping', 'ended');
        IF run IS DISTINCT FROM before THEN
            UPDATE campaign_runs
            SET state = run.state, execution_reference = run.execution_reference,
                dispatched_at = run.dispatched_at, unknown = run.unknown
            WHERE campaign_id = run.campaign_id AND number = run.number;
            PERFORM campaign_note_run(before, run, 'dispatched', request);
        END IF;
    END IF;
    RETURN jsonb_build_object(
        'run', campaign_run_json(run, clock_timestamp()), 'pool_active', campaign_live_in_pool(run.pool)
    );
END
$$;

CREATE OR REPLACE FUNCTION campaign_mark_unknown(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    run campaign_runs;
BEGIN
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    IF FOUND AND run.state <> 'ended' AND NOT run.unknown THEN
        UPDATE campaign_runs SET unknown = true
        WHERE campaign_id = run.campaign_id AND number = run.number
        RETURNING * INTO run;
        PERFORM campaign_note_run(run, run, 'dispatch_unknown', request);
    END IF;
    RETURN CASE WHEN run.number IS NOT NULL THEN campaign_run_json(run, clock_timestamp()) END;
END
$$;
