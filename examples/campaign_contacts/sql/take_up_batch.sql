-- From here these contacts are this batch's, whatever becomes of the process; who has opted out is skipped.
WITH chosen AS (
    SELECT c.contact_id, EXISTS (SELECT FROM opt_outs o WHERE o.phone = c.phone) AS opted_out
    FROM campaign_contacts c
    WHERE c.campaign_id = %(campaign_id)s AND c.state = 'pending'
    ORDER BY c.contact_id
    LIMIT %(size)s
)
UPDATE campaign_contacts c
SET state = CASE WHEN chosen.opted_out THEN 'skipped' ELSE 'sending' END,
    code = CASE WHEN chosen.opted_out THEN 'opted_out' END,
    batch = %(batch)s, run_number = %(run_number)s, updated_at = clock_timestamp()
FROM chosen
WHERE c.campaign_id = %(campaign_id)s AND c.contact_id = chosen.contact_id AND c.state = 'pending'
RETURNING c.contact_id
