-- The dispatcher's side of a run: claims and batch leases (I4, I5, I7).
--
-- Locks: the campaign's row where the run may end here (finish, end_batch), the pool's row FOR SHARE where a halt
-- must be seen (claim, begin_batch), the run's row always, in this order.

CREATE OR REPLACE FUNCTION campaign_refused(why text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$ SELECT jsonb_build_object('refused', why) $$;

CREATE OR REPLACE FUNCTION campaign_claim(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    halted boolean := campaign_halt_of_pool(request) IS NOT NULL;
    before campaign_runs;
    earlier campaign_runs;
    run campaign_runs;
    same_claimant boolean;
    attempt integer := (request ->> 'attempt')::integer;
    now_ timestamptz;
BEGIN
    SELECT * INTO before FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    now_ := clock_timestamp();
    same_claimant := before.claimant IS NOT DISTINCT FROM request ->> 'claimant';
    IF before.number IS NULL OR before.run_id <> request ->> 'run_id' THEN
        RETURN campaign_refused('run_not_found');
    ELSIF before.state IN ('stopping', 'ended') OR EXISTS (
        SELECT FROM campaign_runs r WHERE r.campaign_id = before.campaign_id AND r.number > before.number
    ) THEN
        RETURN campaign_refused('not_live');
    ELSIF halted THEN
        RETURN campaign_refused('halted');
    ELSIF before.claim_token = request ->> 'token' THEN
        -- This very call, repeated after a lost connection: it is answered alike and noted once (F19).
        RETURN campaign_run_json(before, now_);
    ELSIF before.claimant IS NOT NULL AND NOT same_claimant AND NOT (
        attempt IS NOT NULL AND attempt = before.attempts AND attempt > before.claim_attempt
    ) THEN
        RETURN campaign_refused('taken');
    ELSIF campaign_lease_is_open(before, now_) THEN
        RETURN campaign_refused('lease_open');
    ELSIF now_ > before.not_after AND NOT same_claimant THEN
        RETURN campaign_refused('too_late');
    END IF;

    IF before.claimant IS NULL AND before.resumed_from IS NOT NULL THEN
        SELECT * INTO earlier FROM campaign_runs r
        WHERE r.campaign_id = before.campaign_id AND r.number = before.resumed_from;
    END IF;
    UPDATE campaign_runs
    SET state = 'running', claimant = request ->> 'claimant', claim_token = request ->> 'token',
        claim_attempt = coalesce(attempt, before.attempts),
        acknowledged_at = coalesce(before.acknowledged_at, now_), last_heartbeat_at = now_,
        lease_token = NULL, lease_until = NULL, in_flight = 0,
        -- What it continues is no progress of its own.
        accounted_for_at_attempt = coalesce(
            earlier.sent + earlier.skipped + earlier.failed, before.accounted_for_at_attempt
        ),
        total = coalesce(earlier.total, before.total), sent = coalesce(earlier.sent, before.sent),
        skipped = coalesce(earlier.skipped, before.skipped), failed = coalesce(earlier.failed, before.failed)
    WHERE campaign_id = before.campaign_id AND number = before.number
    RETURNING * INTO run;
    PERFORM campaign_note_run(before, run, 'claimed', request);
    RETURN campaign_run_json(run, now_);
END
$$;

CREATE OR REPLACE FUNCTION campaign_begin_batch(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    halted boolean := campaign_halt_of_pool(request) IS NOT NULL;
    run campaign_runs;
    now_ timestamptz;
BEGIN
    -- Pause and stop lock this row too: their commit comes first and is seen here, or it finds the lease.
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    now_ := clock_timestamp();
    IF NOT FOUND THEN
        RETURN campaign_refused('run_not_found');
    ELSIF run.claim_token IS DISTINCT FROM request ->> 'token' THEN
        RETURN campaign_refused('superseded');
    ELSIF run.state <> 'running' THEN
        RETURN campaign_refused('not_live');
    ELSIF halted THEN
        RETURN campaign_refused('halted');
    ELSIF campaign_lease_is_open(run, now_) THEN
        IF run.lease_token = request ->> 'lease_token' THEN
            -- This very call, repeated after a lost connection or a crash: the lease in the way is its own (F19).
            RETURN jsonb_build_object('until', run.lease_until);
        END IF;
        RETURN campaign_refused('lease_open');
    END IF;
    UPDATE campaign_runs
    SET lease_token = request ->> 'lease_token',
        lease_until = now_ + make_interval(secs => (request ->> 'lease_seconds')::double precision),
        in_flight = (request ->> 'size')::integer, last_heartbeat_at = now_
    WHERE campaign_id = run.campaign_id AND number = run.number
    RETURNING * INTO run;
    RETURN jsonb_build_object('until', run.lease_until);
END
$$;

CREATE OR REPLACE FUNCTION campaign_end_batch(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    run campaign_runs;
    progress jsonb := request -> 'progress';
BEGIN
    PERFORM FROM campaigns WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN campaign_refused('run_not_found');
    ELSIF run.claim_token IS DISTINCT FROM request ->> 'token'
        OR run.lease_token IS DISTINCT FROM request ->> 'lease_token'
    THEN
        RETURN campaign_refused('superseded');
    ELSIF run.state = 'ended' THEN
        -- This very call, repeated after a lost connection, may have ended the run itself: then its progress stands.
        IF (run.total, run.sent, run.skipped, run.failed) = (
            (progress ->> 'total')::bigint, (progress ->> 'sent')::bigint,
            (progress ->> 'skipped')::bigint, (progress ->> 'failed')::bigint
        ) THEN
            RETURN jsonb_build_object('state', run.state);
        END IF;
        RETURN campaign_refused('not_live');
    END IF;
    -- The lease's token stays for the same reason.
    UPDATE campaign_runs
    SET lease_until = NULL, in_flight = 0, last_heartbeat_at = clock_timestamp(),
        total = (progress ->> 'total')::bigint, sent = (progress ->> 'sent')::bigint,
        skipped = (progress ->> 'skipped')::bigint, failed = (progress ->> 'failed')::bigint
    WHERE campaign_id = run.campaign_id AND number = run.number
    RETURNING * INTO run;
    IF run.state = 'stopping' THEN
        run := campaign_close_run(run, 'stopped', run.cause, '{"source": "dispatcher"}');
    END IF;
    RETURN jsonb_build_object('state', run.state);
END
$$;

CREATE OR REPLACE FUNCTION campaign_finish(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    run campaign_runs;
    progress jsonb := request -> 'progress';
    ended_as text := request ->> 'outcome';
    because text := request ->> 'cause';
BEGIN
    PERFORM FROM campaigns WHERE id = campaign_id_of(request ->> 'campaign_id') FOR NO KEY UPDATE;
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(request ->> 'campaign_id') AND number = (request ->> 'number')::integer
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN campaign_refused('run_not_found');
    ELSIF run.claim_token IS DISTINCT FROM request ->> 'token' THEN
        RETURN campaign_refused('superseded');
    ELSIF run.state = 'ended' THEN
        RETURN jsonb_build_object('state', run.state);
    ELSIF campaign_lease_is_open(run, clock_timestamp()) THEN
        RETURN campaign_refused('lease_open');
    ELSIF ended_as = 'succeeded' AND (progress ->> 'total')::bigint <> (progress ->> 'sent')::bigint
        + (progress ->> 'skipped')::bigint + (progress ->> 'failed')::bigint
    THEN
        RETURN campaign_refused('does_not_add_up');
    END IF;
    IF run.state = 'stopping' AND ended_as = 'succeeded' THEN
        because := 'all contacts were done when it was stopped';
    END IF;
    UPDATE campaign_runs
    SET last_heartbeat_at = clock_timestamp(),
        total = (progress ->> 'total')::bigint, sent = (progress ->> 'sent')::bigint,
        skipped = (progress ->> 'skipped')::bigint, failed = (progress ->> 'failed')::bigint
    WHERE campaign_id = run.campaign_id AND number = run.number
    RETURNING * INTO run;
    run := campaign_close_run(run, ended_as, coalesce(because, run.cause), '{"source": "dispatcher"}');
    RETURN jsonb_build_object('state', run.state);
END
$$;
