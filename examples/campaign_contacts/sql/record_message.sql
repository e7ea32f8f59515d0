INSERT INTO recorded_messages (campaign_id, contact_id, phone, body)
VALUES (%(campaign_id)s, %(contact_id)s, %(phone)s, %(text)s)
RETURNING id
