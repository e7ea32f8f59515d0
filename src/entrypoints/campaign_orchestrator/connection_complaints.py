"""What must fit together among the variables of PostgreSQL and Redis."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaign_orchestrator.settings import Settings


def complaints_about_connections(settings: "Settings") -> tuple[str, ...]:
    """One sentence for each variable that does not fit the others; none shows a secret.

    One way to authenticate, and no more: with two, nobody could say which was meant.
    """
    database = _about_postgres(settings) if settings.store == "postgres" else ()
    return (*database, *(_about_redis(settings) if settings.ledger == "redis" else ()))


def _about_postgres(settings: "Settings") -> Iterator[str]:
    given = _given("DB", settings.db_password, settings.db_password_secret_arn)
    if settings.db_auth == "iam":
        yield from _not_with_tokens("DB", given)
        if settings.db_sslmode == "disable":
            yield "DB_SSLMODE must be require, verify-ca or verify-full with DB_AUTH=iam, not 'disable'"
    elif not given:
        yield "DB_PASSWORD must be set, or else DB_PASSWORD_SECRET_ARN, or DB_AUTH=iam"
    elif len(given) > 1:
        yield _one_of(given)
    if settings.db_sslrootcert == "system" and settings.db_sslmode != "verify-full":
        # libpq's own rule: anybody has a certificate that one of these roots has signed, for some name.
        yield f"DB_SSLMODE must be verify-full with DB_SSLROOTCERT=system, not {settings.db_sslmode!a}"


def _about_redis(settings: "Settings") -> Iterator[str]:
    given = _given("REDIS", settings.redis_password, settings.redis_password_secret_arn)
    if settings.redis_auth == "iam":
        yield from _not_with_tokens("REDIS", given)
        if not settings.redis_tls:
            yield "REDIS_TLS must be true with REDIS_AUTH=iam, not 'false'"
        if settings.redis_username is None:
            yield "REDIS_USERNAME must be set with REDIS_AUTH=iam"
        if settings.redis_cache_name is None:
            yield "REDIS_CACHE_NAME must be set with REDIS_AUTH=iam"
    elif len(given) > 1:
        yield _one_of(given)


def _given(store: str, password: str | None, secret_arn: str | None) -> tuple[str, ...]:
    values = {f"{store}_PASSWORD": password, f"{store}_PASSWORD_SECRET_ARN": secret_arn}
    return tuple(name for name, value in values.items() if value)


def _not_with_tokens(store: str, given: tuple[str, ...]) -> Iterator[str]:
    for name in given:
        yield f"{name} must not be set with {store}_AUTH=iam"


def _one_of(given: tuple[str, ...]) -> str:
    return f"{' and '.join(given)} must not both be set"
