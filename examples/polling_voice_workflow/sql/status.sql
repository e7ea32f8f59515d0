SELECT status FROM campaigns WHERE id = %(campaign_id)s
