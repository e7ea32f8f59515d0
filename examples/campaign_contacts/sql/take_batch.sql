-- The next pending contacts; those that have opted out are skipped here and now.
WITH chosen AS (
    SELECT c.contact_id, c.phone, c.variables,
        EXISTS (SELECT FROM opt_outs o WHERE o.phone = c.phone) AS opted_out
    FROM campaign_contacts c
    WHERE c.campaign_id = %(campaign_id)s AND c.state = 'pending'
    ORDER BY c.contact_id
    LIMIT %(size)s
), skipped AS (
    UPDATE campaign_contacts c
    SET state = 'skipped', code = 'opted_out', batch = %(batch)s, run_number = %(run_number)s, updated_at = now()
    FROM chosen
    WHERE chosen.opted_out AND c.campaign_id = %(campaign_id)s AND c.contact_id = chosen.contact_id
        AND c.state = 'pending'
    RETURNING c.contact_id
)
SELECT contact_id, phone, variables, opted_out FROM chosen ORDER BY contact_id
