SELECT 1 FROM campaign_contacts WHERE campaign_id = %(campaign_id)s
HAVING count(*) > 0 AND count(*) FILTER (WHERE state = 'sent') = 0
