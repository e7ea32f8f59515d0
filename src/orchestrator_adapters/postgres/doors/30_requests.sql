-- Idempotency keys: a repeated request is decided as it was the first time. The key of a request that was admitted is in
-- its run's row, every other in campaign_requests.

-- What was decided under the key, with the run as it now stands; NULL for a new key. The campaign's row is locked by
-- the caller (where it exists), so that of two deliveries one decides and the other finds its decision (F2).
CREATE OR REPLACE FUNCTION campaign_replayed(campaign_id_text text, request jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    known campaign_requests;
    run campaign_runs;
BEGIN
    SELECT * INTO known FROM campaign_requests
    WHERE campaign_id = campaign_id_text AND key = request ->> 'key';
    IF NOT FOUND THEN
        SELECT r.request_hash, '{"verdict": "admitted"}', r.number
        INTO known.content_hash, known.decision, known.run_number
        FROM campaign_runs r
        WHERE r.campaign_id = campaign_id_of(campaign_id_text) AND r.request_key = request ->> 'key'
            AND r.request_hash IS NOT NULL;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    -- Keys are the campaign's own, so what differs under one is the action. Earlier versions hashed it with the id as that
    -- was spelled, and what they stored is compared as they did.
    IF known.content_hash <> request ->> 'content_hash' AND known.content_hash <> encode(
        sha256(convert_to((request ->> 'campaign_id') || E'\n' || (request ->> 'action'), 'UTF8')), 'hex'
    ) THEN
        RETURN jsonb_build_object('verdict', 'idempotency_key_reused');
    END IF;
    IF known.run_number IS NULL THEN
        RETURN known.decision || '{"replayed": true}';
    END IF;
    SELECT * INTO run FROM campaign_runs
    WHERE campaign_id = campaign_id_of(campaign_id_text) AND number = known.run_number;
    RETURN known.decision || jsonb_build_object(
        -- The caller's own call, repeated after a lost connection, is not a second delivery (F19).
        'replayed', run.run_id IS DISTINCT FROM request ->> 'run_id',
        'run', campaign_run_json(run, clock_timestamp())
    );
END
$$;

CREATE OR REPLACE FUNCTION campaign_remember(campaign_id_text text, request jsonb, decision jsonb, run_number integer)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO campaign_requests (campaign_id, key, content_hash, decision, run_number)
    VALUES (
        campaign_id_text, request ->> 'key', request ->> 'content_hash',
        -- Without the config: a key is kept for long, and a config may hold what must not be.
        (decision - '{run,usage}'::text[]) #- '{campaign,config}', run_number
    )
$$;
