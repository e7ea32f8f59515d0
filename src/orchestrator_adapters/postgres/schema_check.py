"""Whether a database holds the schema that this version needs."""

from attrs import frozen

from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.migrate import scripts


@frozen(kw_only=True)
class SchemaDifference:
    """The scripts in which a database differs from this version, by name.

    Attributes:
        missing: this version has them, the database does not; migrate applies them.
        changed: the database has them with another content; migrate applies doors again, and refuses migrations.
        unknown: the database has them from a later version.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.changed or self.unknown)


def schema_difference(doors: Doors) -> SchemaDifference:
    """Compare what was applied with the scripts of this version. Changes nothing.

    Raises:
        StoreUnavailable: with the cause "schema_does_not_fit" where nothing was ever applied.
    """
    applied: dict[str, str] = doors.call("campaign_applied_scripts", {})
    wanted = {script.name: script.checksum for script in scripts()}
    return SchemaDifference(
        missing=tuple(name for name in wanted if name not in applied),
        changed=tuple(name for name in wanted if applied.get(name, wanted[name]) != wanted[name]),
        unknown=tuple(sorted(applied.keys() - wanted.keys())),
    )
