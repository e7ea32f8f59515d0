SELECT contact_id, phone, variables, state, reference, text_state,
    clock_timestamp() - updated_at > make_interval(secs => %(max_call_seconds)s) AS overdue,
    clock_timestamp() - updated_at > make_interval(secs => %(max_call_seconds)s + 30) AS lost
FROM campaign_contacts
WHERE campaign_id = %(campaign_id)s AND batch = %(batch)s AND state IN ('sending', 'calling')
ORDER BY contact_id
