-- Campaigns, runs, pools, idempotency keys and the audit trail.
--
-- An existing table "campaigns" is adopted as it is: its id may be text, varchar or uuid, its config jsonb, json
-- or text, its status text, varchar or an enumeration with the seven statuses. What the orchestrator adds lives in
-- tables of its own, so that nothing of an existing table changes.

CREATE TABLE IF NOT EXISTS campaigns (
    id text PRIMARY KEY,
    name text NOT NULL,
    type text NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    config jsonb NOT NULL DEFAULT '{}',
    timezone text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE campaign_pools (
    name text PRIMARY KEY,
    max_live integer CHECK (max_live >= 0),  -- NULL: the default of the process that asks
    halted_reason text,                      -- NULL: not halted
    version bigint NOT NULL DEFAULT 0
);

INSERT INTO campaign_pools (name) VALUES ('voice'), ('sms');

-- campaign_id has the very type of campaigns.id, so that joins use its index. There is no foreign key: a campaign
-- may be deleted behind our back while its run is live, and the run must still be stopped (F15).
DO $$
DECLARE
    id_type text := (
        SELECT format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = 'campaigns'::regclass AND attname = 'id'
    );
BEGIN
    EXECUTE format(
        $create$
        CREATE TABLE campaign_runs (
            campaign_id %s NOT NULL,
            number integer NOT NULL CHECK (number > 0),
            run_id text NOT NULL,
            campaign_type text NOT NULL,
            pool text NOT NULL,
            state text NOT NULL
                CHECK (state IN ('dispatching', 'dispatched', 'running', 'stopping', 'ended')),
            attempts integer NOT NULL DEFAULT 1,
            unknown boolean NOT NULL DEFAULT false,
            execution_name text NOT NULL,
            execution_reference text,
            dispatch_input text NOT NULL,
            resumed_from integer,
            previous_status text NOT NULL,
            request_key text NOT NULL,
            created_at timestamptz NOT NULL,
            last_attempt_at timestamptz NOT NULL,
            dispatched_at timestamptz,
            acknowledged_at timestamptz,
            last_heartbeat_at timestamptz,
            ended_at timestamptz,
            not_after timestamptz,
            claimant text,
            claim_token text,
            claim_attempt integer,
            lease_token text,
            lease_until timestamptz,
            in_flight integer NOT NULL DEFAULT 0,
            total bigint NOT NULL DEFAULT 0,
            sent bigint NOT NULL DEFAULT 0,
            skipped bigint NOT NULL DEFAULT 0,
            failed bigint NOT NULL DEFAULT 0,
            outcome text,
            cause text,
            PRIMARY KEY (campaign_id, number),
            CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
            CHECK ((state = 'ended') = (outcome IS NOT NULL))
        )
        $create$,
        id_type
    );
END
$$;

CREATE UNIQUE INDEX campaign_runs_one_live ON campaign_runs (campaign_id) WHERE state <> 'ended';
CREATE UNIQUE INDEX campaign_runs_execution_name ON campaign_runs (execution_name);
CREATE INDEX campaign_runs_live_in_pool ON campaign_runs (pool, created_at) WHERE state <> 'ended';
CREATE INDEX campaign_runs_ended_in_pool ON campaign_runs (pool, ended_at DESC) WHERE state = 'ended';

-- Keys are unique per campaign, not overall: two channels share no unique key (Property 27).
CREATE TABLE campaign_requests (
    campaign_id text NOT NULL,
    key text NOT NULL,
    content_hash text NOT NULL,
    decision jsonb NOT NULL,
    run_number integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (campaign_id, key)
);

CREATE TABLE campaign_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id text NOT NULL,  -- or 'pool:NAME' for a change of a pool
    at timestamptz NOT NULL,
    kind text NOT NULL,
    run_number integer,
    status_from text,
    status_to text,
    run_state_from text,
    run_state_to text,
    source text NOT NULL,
    actor text,
    request_id text,
    reason text,
    cause text,
    detail jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX campaign_events_of_campaign ON campaign_events (campaign_id, id DESC);

CREATE FUNCTION campaign_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'campaign_events is append-only';
END
$$;

CREATE TRIGGER campaign_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign_events
    FOR EACH STATEMENT EXECUTE FUNCTION campaign_events_are_append_only();
