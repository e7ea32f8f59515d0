UPDATE campaign_contacts SET text_state = 'queued'
WHERE campaign_id = %(campaign_id)s AND contact_id = %(contact_id)s AND text_state IS NULL
RETURNING contact_id
