-- From here the contact is this batch's, whatever becomes of the process: nobody else takes it up.
UPDATE campaign_contacts
SET state = 'sending', batch = %(batch)s, run_number = %(run_number)s, code = NULL, updated_at = clock_timestamp()
WHERE campaign_id = %(campaign_id)s AND contact_id = %(contact_id)s AND state = 'pending'
RETURNING contact_id
