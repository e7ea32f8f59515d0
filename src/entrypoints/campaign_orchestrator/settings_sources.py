"""Every setting with its value and where it comes from; secrets are not shown."""

from collections.abc import Iterator, Mapping
from typing import Final

import attrs
from attrs import field, frozen

from campaign_orchestrator.settings import DISPATCHERS, LEDGERS, STORES, InvalidSettings, Settings, read_settings

HIDDEN: Final = "***"
GIVEN, DEFAULT, MISSING, WRONG = "given", "default", "missing", "wrong"
ADAPTERS: Final[Mapping[str, str]] = {
    "ORCHESTRATOR_STORE": STORES[0],
    "ORCHESTRATOR_LEDGER": LEDGERS[0],
    "ORCHESTRATOR_DISPATCHERS": DISPATCHERS[0],
}
"""What chooses the other settings that are needed, each with its default."""


@frozen(kw_only=True)
class SettingSource:
    """One environment variable.

    Attributes:
        value: as it is in force; of a secret only that there is one; None: not set, and without a default.
        source: "given" by the environment, the "default", "missing" although it is needed, or "wrong".
    """

    name: str
    value: str | None
    source: str


@frozen(kw_only=True)
class SettingsSources:
    """All variables, in the order in which they are read, and what is wrong with them."""

    settings: tuple[SettingSource, ...]
    complaints: tuple[str, ...]


@frozen
class _Recording(Mapping[str, str]):
    """An environment that notes what it is asked for, so that a new setting needs no second list."""

    environment: Mapping[str, str]
    asked: dict[str, None] = field(factory=dict)

    def __getitem__(self, name: str) -> str:
        self.asked[name] = None
        return self.environment[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.environment)

    def __len__(self) -> int:
        return len(self.environment)


def settings_sources(environment: Mapping[str, str]) -> SettingsSources:
    """What ``read_settings`` makes of ``environment``, also where it refuses it."""
    recording = _Recording(environment)
    complaints: tuple[str, ...] = ()
    settings: Settings | None = None
    try:
        settings = read_settings(recording)
    except InvalidSettings as invalid:
        complaints = invalid.complaints
    wrong = {name for name in recording.asked if any(name in one.split() for one in complaints)}
    known = settings or _defaults(environment, wrong)
    return SettingsSources(
        settings=tuple(_source(name, environment, known, wrong) for name in recording.asked), complaints=complaints
    )


def _defaults(environment: Mapping[str, str], wrong: set[str]) -> Settings | None:
    """The settings without what is wrong, of an orchestrator that needs none."""
    try:
        return read_settings(
            {
                **{name: value for name, value in environment.items() if name not in wrong},
                **dict.fromkeys(ADAPTERS, "memory"),
            }
        )
    except InvalidSettings:
        return None


def _source(name: str, environment: Mapping[str, str], known: Settings | None, wrong: set[str]) -> SettingSource:
    given = environment.get(name, "").strip()
    if given:
        shown = HIDDEN if _is_secret(name) else given
        return SettingSource(name=name, value=shown, source=WRONG if name in wrong else GIVEN)
    if name in wrong:
        return SettingSource(name=name, value=None, source=MISSING)
    return SettingSource(name=name, value=_default(name, known), source=DEFAULT)


def _attribute(name: str) -> str:
    return name.lower().removeprefix("orchestrator_")


def _is_secret(name: str) -> bool:
    return any(one.name == _attribute(name) and not one.repr for one in attrs.fields(Settings))


def _default(name: str, known: Settings | None) -> str | None:
    if name in ADAPTERS:
        return ADAPTERS[name]
    value = getattr(known, _attribute(name), None)
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
