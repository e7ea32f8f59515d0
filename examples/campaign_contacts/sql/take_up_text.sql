-- One message of the topic, however often it arrives, sends one text; and none to whoever has opted out.
UPDATE campaign_contacts c
SET text_state = CASE
    WHEN EXISTS (SELECT FROM opt_outs o WHERE o.phone = c.phone) THEN 'skipped' ELSE 'sending' END
WHERE c.campaign_id = %(campaign_id)s AND c.contact_id = %(contact_id)s
    AND (c.text_state IS NULL OR c.text_state = 'queued')
RETURNING c.phone, c.variables, c.text_state
