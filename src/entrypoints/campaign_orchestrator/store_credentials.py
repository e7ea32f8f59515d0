"""Makes the source of each store's credentials; nothing of AWS is imported where passwords are given."""

from typing import TYPE_CHECKING

from campaign_orchestrator.settings import Settings

if TYPE_CHECKING:
    from orchestrator_adapters.credentials import CredentialsSource


def database_credentials(settings: Settings) -> "CredentialsSource | None":
    """Where PostgreSQL's credentials come from; None: ``DB_PASSWORD``."""
    if settings.db_auth == "iam":
        from orchestrator_adapters.aws.connect_tokens import database_tokens

        return database_tokens(
            host=settings.db_host, port=settings.db_port, user=settings.db_user, region=settings.aws_region
        )
    return _of_secret(settings.db_password_secret_arn, settings)


def cache_credentials(settings: Settings) -> "CredentialsSource | None":
    """Where Redis' credentials come from; None: ``REDIS_PASSWORD``, or none are asked for."""
    if settings.redis_auth == "iam":
        from orchestrator_adapters.aws.connect_tokens import cache_tokens

        return cache_tokens(
            cache_name=settings.redis_cache_name or "",
            user=settings.redis_username or "",
            region=settings.aws_region,
            serverless=settings.redis_serverless,
        )
    return _of_secret(settings.redis_password_secret_arn, settings)


def _of_secret(secret_arn: str | None, settings: Settings) -> "CredentialsSource | None":
    if secret_arn is None:
        return None
    from orchestrator_adapters.aws.clients import AwsSettings
    from orchestrator_adapters.aws.secret_credentials import secret_credentials

    return secret_credentials(
        secret_arn, AwsSettings(region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    )
