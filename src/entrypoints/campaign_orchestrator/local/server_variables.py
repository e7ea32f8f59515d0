"""The environment variables that lead an orchestrator to servers of this machine."""

from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.redis.settings import RedisSettings


def server_variables(postgres: PostgresSettings, redis: RedisSettings, *, aws_endpoint_url: str) -> dict[str, str]:
    """Where PostgreSQL, Redis and LocalStack are, and what they ask for. Dispatchers are not among them."""
    return {
        "DB_HOST": postgres.host,
        "DB_PORT": str(postgres.port),
        "DB_NAME": postgres.dbname,
        "DB_USER": postgres.user,
        "DB_PASSWORD": postgres.password,
        "DB_SSLMODE": "disable",
        "REDIS_HOST": redis.host,
        "REDIS_PORT": str(redis.port),
        "REDIS_USERNAME": redis.username or "",
        "REDIS_PASSWORD": redis.password or "",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
