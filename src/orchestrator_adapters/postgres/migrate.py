"""Brings a database to the schema that this version needs."""

import hashlib
from functools import partial
from importlib.resources import files

import psycopg
from attrs import frozen

from orchestrator_adapters.postgres.authentication import authenticated
from orchestrator_adapters.postgres.connection_pool import connection_arguments
from orchestrator_adapters.postgres.settings import PostgresSettings

MIGRATION_LOCK = 0x63616D70
"""The key of the advisory lock that lets one process migrate at a time ("camp" in ASCII)."""

HISTORY_TABLE = """
CREATE TABLE IF NOT EXISTS campaign_schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


SEAL, GRANT = "rights/seal_doors.sql", "rights/grant_doors.sql"


class SchemaDoesNotFit(RuntimeError):
    """The database holds a migration that this version does not know, or knows with other content."""


@frozen(kw_only=True)
class RunTimeRoles:
    """The roles of PostgreSQL that the deployed functions log in with; both may be one. They exist already.

    Attributes:
        orchestrator: decides and records. None: nothing is granted for it.
        dispatcher: claims runs and leases batches. None: nothing is granted for it.
    """

    orchestrator: str | None = None
    dispatcher: str | None = None


NO_ROLES = RunTimeRoles()


@frozen(kw_only=True)
class Script:
    """A file of SQL. Migrations are applied once; doors (functions) whenever they have changed."""

    name: str
    text: str
    is_migration: bool

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@frozen(kw_only=True)
class MigrationReport:
    """What was applied now, in order, and what already stood."""

    applied: tuple[str, ...]
    unchanged: tuple[str, ...]


def scripts() -> list[Script]:
    """Every script of this version, in the order in which they apply."""
    root = files("orchestrator_adapters.postgres")
    found = []
    for folder in ("migrations", "doors"):
        entries = sorted((root / folder).iterdir(), key=lambda entry: entry.name)
        found += [
            Script(
                name=f"{folder}/{entry.name}",
                text=entry.read_text(encoding="utf-8"),
                is_migration=folder == "migrations",
            )
            for entry in entries
            if entry.name.endswith(".sql")
        ]
    return found


def migrate(settings: PostgresSettings, roles: RunTimeRoles = NO_ROLES) -> MigrationReport:
    """Apply what is missing, in one transaction. Safe to repeat, and by several processes at once.

    The functions then belong to the user of ``settings`` and run with its rights; ``roles`` may call them, and they
    need no other right.

    Raises:
        SchemaDoesNotFit: the database was migrated by a later version, or a migration has another content.
        psycopg.Error: the database cannot be reached, or refuses a statement; nothing was applied.
        CredentialsUnavailable: its credentials cannot be had.
    """
    connect = partial(psycopg.connect, **{**connection_arguments(settings), "autocommit": False})
    with authenticated(connect, settings) as connection:
        # Whatever the database's default: a migration that has waited for a lock has to see what it waited for.
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        connection.execute(HISTORY_TABLE)
        rows = connection.execute("SELECT name, checksum FROM campaign_schema_migrations").fetchall()
        known = dict(rows)
        wanted = scripts()
        _require_fit(known, wanted)
        due = [script for script in wanted if known.get(script.name) != script.checksum]
        for script in due:
            connection.execute(script.text.encode())
            connection.execute(
                "INSERT INTO campaign_schema_migrations (name, checksum) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()",
                (script.name, script.checksum),
            )
        connection.execute(_text(SEAL).encode())
        connection.execute(
            "SELECT set_config('campaign_orchestrator.orchestrator_role', %s, true),"
            " set_config('campaign_orchestrator.dispatcher_role', %s, true)",
            (roles.orchestrator or "", roles.dispatcher or ""),
        )
        connection.execute(_text(GRANT).encode())
    applied = tuple(script.name for script in due)
    return MigrationReport(
        applied=applied,
        unchanged=tuple(script.name for script in wanted if script.name not in applied),
    )


def _text(name: str) -> str:
    return (files("orchestrator_adapters.postgres") / name).read_text(encoding="utf-8")


def _require_fit(known: dict[str, str], wanted: list[Script]) -> None:
    migrations = {script.name: script for script in wanted if script.is_migration}
    for name, checksum in known.items():
        if not name.startswith("migrations/"):
            continue
        if name not in migrations:
            raise SchemaDoesNotFit(f"the database has {name}, which this version does not know")
        if migrations[name].checksum != checksum:
            raise SchemaDoesNotFit(f"{name} was applied to the database with another content")
