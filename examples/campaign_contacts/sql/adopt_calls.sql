-- Calls that an earlier run of the campaign has begun and not seen to their end.
UPDATE campaign_contacts
SET batch = %(batch)s, run_number = %(run_number)s
WHERE campaign_id = %(campaign_id)s AND state = 'calling' AND batch <> %(batch)s
RETURNING contact_id
