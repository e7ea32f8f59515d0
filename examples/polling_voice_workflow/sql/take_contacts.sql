WITH next AS MATERIALIZED (
    SELECT contact_id FROM campaign_contacts
    WHERE campaign_id = %(campaign_id)s AND state = 'pending'
    ORDER BY contact_id
    LIMIT greatest(0, %(calls_at_once)s - (
        SELECT count(*) FROM campaign_contacts WHERE campaign_id = %(campaign_id)s AND state = 'calling'
    ))
    FOR UPDATE SKIP LOCKED
)
UPDATE campaign_contacts AS contact SET state = 'calling', updated_at = clock_timestamp()
FROM next WHERE contact.campaign_id = %(campaign_id)s AND contact.contact_id = next.contact_id
RETURNING contact.contact_id, contact.phone, contact.variables
