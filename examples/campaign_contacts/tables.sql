-- The contacts of campaigns, their opt-outs, and what the recording providers have recorded. Safe to repeat.

CREATE TABLE IF NOT EXISTS campaign_contacts (
    campaign_id text NOT NULL,
    contact_id text NOT NULL,
    phone text NOT NULL CONSTRAINT phone_is_e164 CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    variables jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'pending' CHECK (
        state IN ('pending', 'sending', 'calling', 'sent', 'skipped', 'failed', 'unknown')
    ),
    batch text,           -- the lease under which it was taken up
    run_number integer,   -- the run that took it up
    reference text,       -- the provider's name for the message or call
    code text,            -- why it was skipped, has failed or is unknown
    text_state text CHECK (
        text_state IN ('queued', 'sending', 'sent', 'skipped', 'failed', 'unknown')
    ),  -- the text during a call
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (campaign_id, contact_id)
);

CREATE INDEX IF NOT EXISTS campaign_contacts_pending ON campaign_contacts (campaign_id, contact_id)
    WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS campaign_contacts_in_hand ON campaign_contacts (campaign_id, contact_id)
    WHERE state IN ('sending', 'calling');

-- Read with every batch: whoever opts out while a campaign runs is skipped from the next batch on.
CREATE TABLE IF NOT EXISTS opt_outs (
    phone text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);

-- The batch that an execution of the voice workflow is at, for whoever watches its calls when it was aborted.
CREATE TABLE IF NOT EXISTS voice_batches (
    execution_name text PRIMARY KEY,
    work_order jsonb NOT NULL,
    is_dispatched boolean NOT NULL DEFAULT false,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS recorded_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id text NOT NULL,
    contact_id text NOT NULL,
    phone text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS recorded_calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_token text NOT NULL UNIQUE,
    campaign_id text NOT NULL,
    contact_id text NOT NULL,
    phone text NOT NULL,
    seconds double precision NOT NULL,
    outcome text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    hung_up_at timestamptz
);
