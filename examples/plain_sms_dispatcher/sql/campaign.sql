SELECT status, config FROM campaigns WHERE id = %(campaign_id)s
