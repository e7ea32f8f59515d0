SELECT contact_id, phone, variables FROM campaign_contacts
WHERE campaign_id = %(campaign_id)s AND state = 'calling' ORDER BY contact_id
