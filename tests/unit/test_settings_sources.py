"""Every setting is shown with its source, and no secret is."""

import attrs

from asking.orchestra import IN_MEMORY
from campaign_orchestrator.settings import Settings
from campaign_orchestrator.settings_sources import HIDDEN, SettingSource, settings_sources

SECRET = "hunter2"


def by_name(environment: dict[str, str]) -> dict[str, SettingSource]:
    return {one.name: one for one in settings_sources(environment).settings}


def test_every_setting_is_shown_under_the_name_of_its_variable() -> None:
    shown = {name.lower().removeprefix("orchestrator_") for name in by_name(IN_MEMORY)}
    assert shown == {one.name for one in attrs.fields(Settings)}


def test_each_value_comes_with_its_source() -> None:
    shown = by_name(IN_MEMORY | {"SMS_BATCH_SIZE": "7", "REDIS_TLS": "true"})
    assert (shown["SMS_BATCH_SIZE"].value, shown["SMS_BATCH_SIZE"].source) == ("7", "given")
    assert (shown["DB_PORT"].value, shown["DB_PORT"].source) == ("5432", "default")
    assert (shown["REDIS_CLUSTER"].value, shown["REDIS_CLUSTER"].source) == ("false", "default")
    assert (shown["EVENT_BUS_NAME"].value, shown["EVENT_BUS_NAME"].source) == (None, "default")


def test_what_is_wrong_or_missing_is_told_and_the_rest_is_shown_all_the_same() -> None:
    sources = settings_sources({"DB_PORT": "x", "DB_PASSWORD": SECRET})
    shown = {one.name: one for one in sources.settings}
    assert "DB_HOST must be set" in sources.complaints
    assert (shown["DB_HOST"].value, shown["DB_HOST"].source) == (None, "missing")
    assert (shown["DB_PORT"].value, shown["DB_PORT"].source) == ("x", "wrong")
    assert (shown["SMS_BATCH_SIZE"].value, shown["SMS_BATCH_SIZE"].source) == ("100", "default")
    assert (shown["ORCHESTRATOR_STORE"].value, shown["ORCHESTRATOR_STORE"].source) == ("postgres", "default")


def test_secrets_are_hidden_also_when_the_rest_is_wrong() -> None:
    for environment in (IN_MEMORY, {"DB_PORT": "x"}):
        sources = settings_sources(environment | {"DB_PASSWORD": SECRET, "REDIS_PASSWORD": SECRET})
        assert SECRET not in str(sources)
        assert [one.value for one in sources.settings if one.name.endswith("_PASSWORD")] == [HIDDEN, HIDDEN]
