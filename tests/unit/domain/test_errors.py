"""The error tree: the picture, the codes, what is shown."""

import re

import pytest

from orchestrator_domain import errors
from orchestrator_domain.errors import InvalidRequest, OrchestratorError
from orchestrator_domain.shown_values import LONGEST_SHOWN_VALUE, shown

ABSTRACT = {
    errors.OrchestratorError,
    errors.RequestError,
    errors.CampaignError,
    errors.CapacityError,
    errors.DispatchError,
    errors.AvailabilityError,
}


def descendants(cls: type[OrchestratorError]) -> set[type[OrchestratorError]]:
    below = set(cls.__subclasses__())
    return below | {further for child in below for further in descendants(child)}


CLASSES = descendants(OrchestratorError) | {OrchestratorError}


def test_the_picture_shows_every_class_below_its_parent() -> None:
    assert errors.__doc__ is not None
    parents: list[str] = []
    drawn: dict[str, str | None] = {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"^([│├└─ ]*)(\w+Error|\w+)(?:  |$)", line)
        if not found or not hasattr(errors, found[2]):
            continue
        depth = len(found[1]) // 4
        del parents[depth:]
        drawn[found[2]] = parents[-1] if parents else None
        parents.append(found[2])
    assert drawn == {
        cls.__name__: None if cls is OrchestratorError else cls.__bases__[0].__name__ for cls in CLASSES
    }


def test_the_picture_shows_every_code() -> None:
    assert errors.__doc__ is not None
    codes = {cls.__name__: cls.code for cls in CLASSES - ABSTRACT}
    assert len(set(codes.values())) == len(codes)
    for name, code in codes.items():
        assert re.search(rf"\b{name} +{code}\b", errors.__doc__), name


def test_only_what_a_repeat_can_heal_is_retryable() -> None:
    retryable = {cls.code for cls in CLASSES - ABSTRACT if cls.retryable}
    assert retryable == {
        "resource_limit_reached",
        "pool_halted",
        "still_stopping",
        "in_progress",
        "dispatcher_unavailable",
        "dispatch_unconfirmed",
        "store_unavailable",
        "ledger_unavailable",
        "deadline_too_close",
    }


@pytest.mark.parametrize("value", ["a\nb", "\x1b[31m", "\u202ereversed", "é", "'quoted'"])
def test_a_shown_value_is_one_line_of_plain_ascii(value: str) -> None:
    text = shown(value)
    assert text.isascii()
    assert text.isprintable()


def test_a_shown_value_is_cut() -> None:
    assert len(shown("x" * 10_000)) <= LONGEST_SHOWN_VALUE + 1
    assert shown({"a": 1}) == "dict"


def test_a_wrong_field_is_named_with_what_is_allowed() -> None:
    error = InvalidRequest(field="campaignId", value="a b", allowed="no spaces")
    assert str(error) == "campaignId must be no spaces, not 'a b'"
