"""A database in which much has been, as SQL."""

PAST = 20_000
LARGE_TABLES = ("campaigns", "campaign_runs", "campaign_events", "campaign_requests")
PAST_RUNS = f"""
INSERT INTO campaigns (id, name, type, status)
    SELECT 'past-' || i, 'A campaign', 'sms', 'completed' FROM generate_series(1, {PAST}) i;
INSERT INTO campaign_runs (
    campaign_id, number, run_id, campaign_type, pool, state, execution_name, dispatch_input, previous_status,
    request_key, created_at, last_attempt_at, dispatched_at, ended_at, outcome
)
    SELECT 'past-' || i, 1, md5(i::text), 'sms', 'sms', 'ended', 'past-' || i || '-1', '{{}}', 'draft', 'k',
        now(), now(), now(), now() - i * interval '1 second',
        'succeeded'
    FROM generate_series(1, {PAST}) i;
INSERT INTO campaign_requests (campaign_id, key, content_hash, decision)
    SELECT 'past-' || i, 'k', 'h', '{{}}' FROM generate_series(1, {PAST}) i;
INSERT INTO campaign_events (campaign_id, at, kind, source)
    SELECT 'past-' || i, now(), 'run_ended', 'test' FROM generate_series(1, {PAST}) i;
"""
DRAFTS = """
INSERT INTO campaigns (id, name, type) SELECT 'draft-' || i, 'A campaign', 'sms' FROM generate_series(1, 20) i;
"""
