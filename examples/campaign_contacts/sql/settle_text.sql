UPDATE campaign_contacts SET text_state = %(text_state)s
WHERE campaign_id = %(campaign_id)s AND contact_id = %(contact_id)s AND text_state = 'sending'
RETURNING contact_id
