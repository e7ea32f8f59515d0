-- What is known at last also replaces "unknown", if it is this batch's own.
UPDATE campaign_contacts
SET state = %(state)s, reference = coalesce(%(reference)s, reference), code = %(code)s,
    batch = CASE WHEN %(state)s = 'pending' THEN NULL ELSE batch END, updated_at = clock_timestamp()
WHERE campaign_id = %(campaign_id)s AND contact_id = %(contact_id)s AND batch = %(batch)s
    AND (state = 'sending' OR (state IN ('calling', 'unknown') AND %(state)s <> 'pending'))
RETURNING contact_id
