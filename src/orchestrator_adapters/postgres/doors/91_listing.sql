-- What campaigns there are, page by page, in the order of their ids. The adopted table may have no index but its
-- primary key, so a page looks at a bounded number of rows and says where the next one begins.
CREATE OR REPLACE FUNCTION campaign_list(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH looked_at AS MATERIALIZED (
        SELECT c AS campaign, c.id, coalesce(c.status::text, '') AS status, coalesce(c.type::text, '') AS type
        FROM campaigns c
        WHERE request ->> 'after' IS NULL OR c.id > campaign_id_of(request ->> 'after')
        ORDER BY c.id LIMIT (request ->> 'most_rows')::integer
    ), wanted AS MATERIALIZED (
        SELECT campaign, id FROM looked_at
        WHERE (request -> 'statuses' = '[]' OR request -> 'statuses' ? status)
            AND (request -> 'campaign_types' = '[]' OR request -> 'campaign_types' ? type)
        ORDER BY id LIMIT (request ->> 'limit')::integer
    )
    SELECT jsonb_build_object(
        'campaigns', (
            SELECT coalesce(jsonb_agg(
                campaign_json(w.campaign) - 'config' || CASE WHEN (latest.run).number IS NULL THEN '{}' ELSE
                    jsonb_build_object('latest_run', campaign_run_json(latest.run, clock_timestamp()) - 'dispatch_input')
                END ORDER BY w.id
            ), '[]')
            FROM wanted w
            LEFT JOIN LATERAL (
                SELECT r AS run FROM campaign_runs r WHERE r.campaign_id = w.id ORDER BY r.number DESC LIMIT 1
            ) latest ON true
        ),
        'after', CASE
            WHEN (SELECT count(*) FROM wanted) = (request ->> 'limit')::integer
                THEN (SELECT id::text FROM wanted ORDER BY id DESC LIMIT 1)
            WHEN (SELECT count(*) FROM looked_at) = (request ->> 'most_rows')::integer
                THEN (SELECT id::text FROM looked_at ORDER BY id DESC LIMIT 1)
        END
    )
$$;
