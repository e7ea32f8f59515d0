-- Only of a campaign that is active: what somebody has paused or stopped meanwhile stays so.
UPDATE campaigns SET status = %(status)s, updated_at = clock_timestamp()
WHERE id = %(campaign_id)s AND status = 'active'
RETURNING id
