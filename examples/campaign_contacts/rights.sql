-- What the role may do that the dispatchers log in with, named by a setting of the transaction. The runs themselves it
-- reaches by the orchestrator's functions only (campaign-orchestrator migrate --dispatcher-role).
DO $$
DECLARE
    role text := current_setting('campaign_contacts.role');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
    EXECUTE format(
        'GRANT SELECT, UPDATE (state, batch, run_number, reference, code, text_state, updated_at)'
            ' ON campaign_contacts TO %I',
        role
    );
    EXECUTE format('GRANT SELECT ON opt_outs TO %I', role);
    EXECUTE format(
        'GRANT SELECT, INSERT, UPDATE (work_order, is_dispatched, begun_at) ON voice_batches TO %I', role
    );
    -- For RETURNING, which shows no more than the number of the row.
    EXECUTE format('GRANT INSERT, SELECT (id) ON recorded_messages TO %I', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE (hung_up_at) ON recorded_calls TO %I', role);
END
$$;
