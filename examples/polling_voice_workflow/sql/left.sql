SELECT contact_id FROM campaign_contacts
WHERE campaign_id = %(campaign_id)s AND state IN ('pending', 'calling') LIMIT 1
