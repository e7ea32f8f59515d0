"""Every class of error that the driver knows has a place: a new one is noticed."""

from typing import Any

import psycopg
import psycopg_pool
import pytest

from orchestrator_adapters.postgres.error_causes import BY_SQLSTATE_CLASS, DOES_NOT_FIT, cause_of

# fmt: off
ONLY_OUR_OWN_SQL_COULD_RAISE = frozenset({
    "02", "03", "07", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "26", "27",
    "2B", "2D", "2F", "34", "38", "39", "3B", "3F", "40", "44", "54", "55", "72", "F0", "HV", "P0",
})
# fmt: on
"""Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html that mean a defect of ours."""


def classes(module: Any) -> list[type[psycopg.Error]]:
    found = (one for one in vars(module).values() if isinstance(one, type))
    return [one for one in found if issubclass(one, psycopg.Error)]


def test_every_class_with_an_sqlstate_is_placed() -> None:
    states = {one.sqlstate for one in classes(psycopg.errors) if one.sqlstate is not None}
    assert len(states) > 200
    unplaced = {state[:2] for state in states} - BY_SQLSTATE_CLASS.keys() - ONLY_OUR_OWN_SQL_COULD_RAISE
    assert not unplaced


@pytest.mark.parametrize("error", classes(psycopg_pool), ids=lambda one: one.__name__)
def test_the_pool_s_errors_are_told_as_what_they_are(error: type[psycopg.Error]) -> None:
    assert cause_of(error("text")) is not DOES_NOT_FIT


def test_no_word_is_the_driver_s() -> None:
    for one in classes(psycopg.errors):
        assert "secret" not in cause_of(one("secret of the driver")).word
