-- What migrate has applied, by name; twin of orchestrator_adapters.postgres.migrate.scripts.
CREATE OR REPLACE FUNCTION campaign_applied_scripts(request jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(name, checksum), '{}') FROM campaign_schema_migrations
$$;
