-- Taken up by a batch that ended with its process: whether the provider has got them, nobody knows.
UPDATE campaign_contacts
SET state = 'unknown', code = 'interrupted', updated_at = clock_timestamp()
WHERE campaign_id = %(campaign_id)s AND state = 'sending'
RETURNING contact_id
