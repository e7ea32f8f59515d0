SELECT text_state, count(*) AS texts FROM campaign_contacts
WHERE campaign_id = %(campaign_id)s AND text_state IS NOT NULL
GROUP BY text_state ORDER BY text_state
