UPDATE campaign_contacts SET state = %(state)s, updated_at = clock_timestamp()
WHERE campaign_id = %(campaign_id)s AND contact_id = %(contact_id)s AND state = 'calling'
RETURNING contact_id
