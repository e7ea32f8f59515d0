"""Every refusal of input names the field, the value and what is allowed; the largest allowed is let through."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from asking.requests import POOLS
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, Origin, require_unexpired
from orchestrator_domain.errors import InvalidRequest, RequestExpired
from orchestrator_domain.listing import ListQuery
from orchestrator_domain.pool_commands import HaltCommand, LimitsCommand, UnhaltCommand, pools_asked
from orchestrator_domain.queries import HistoryQuery, StatusQuery
from orchestrator_domain.upkeep_commands import ReconcileCommand, require_known_places

ORIGIN = Origin(source="test")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
IDS = "1 to 64 characters of A-Z, a-z, 0-9, _ and -"
KEYS = "1 to 255 visible ASCII characters without spaces"
INSTANTS = "an instant with its offset from UTC"
WORDS = "words of 1 to 64 printable ASCII characters"


def act(**fields: Any) -> ActionCommand:
    given = {"campaign_id": "c", "action": Action.START, "idempotency_key": "k"} | fields
    return ActionCommand(origin=ORIGIN, **given)


def reconcile(**fields: Any) -> ReconcileCommand:
    return ReconcileCommand(origin=ORIGIN, **fields)


def halt(**fields: Any) -> HaltCommand:
    return HaltCommand(origin=ORIGIN, **{"campaign_type": "sms", "reason": "r", "idempotency_key": "k"} | fields)


def limits(**fields: Any) -> LimitsCommand:
    return LimitsCommand(origin=ORIGIN, idempotency_key="k", limits=fields)


@pytest.mark.parametrize(
    ("asked", "field", "value", "allowed"),
    [
        (lambda: act(campaign_id="a b"), "campaignId", "'a b'", IDS),
        (lambda: act(idempotency_key="a b"), "idempotencyKey", "'a b'", KEYS),
        (lambda: act(expires_at=datetime(2026, 1, 2)), "expiresAt", "'2026-01-02T00:00:00'", INSTANTS),
        (lambda: StatusQuery(campaign_ids=("c",) * 26), "campaignIds", "'26 ids'", "at most 25 ids"),
        (lambda: HistoryQuery(campaign_id="a/b"), "campaignId", "'a/b'", IDS),
        (lambda: reconcile(limit=0), "limit", "0", "a whole number from 1 to 1000"),
        (lambda: reconcile(limit=1_001), "limit", "1001", "a whole number from 1 to 1000"),
        (lambda: reconcile(cursor={"sms": None, "voice": "a b"}), "cursor", "'a b'", IDS),
        (
            lambda: reconcile(cursor={"sms/lambda": "a b"}),
            "cursor",
            "'a b'",
            "the cursor of an earlier answer",
        ),
        (lambda: require_known_places({"fax": None}, ("sms", "voice")), "cursor", "'fax'", "of sms, voice only"),
        (lambda: ListQuery(limit=0), "limit", "0", "a whole number from 1 to 1000"),
        (lambda: ListQuery(limit=1_001), "limit", "1001", "a whole number from 1 to 1000"),
        (lambda: ListQuery(statuses=("w",) * 26), "statuses", "'26 words'", "at most 25 words"),
        (lambda: ListQuery(statuses=("",)), "statuses", "''", WORDS),
        (lambda: ListQuery(campaign_types=("x" * 64, "x\n")), "campaignTypes", r"'x\n'", WORDS),
        (lambda: ListQuery(campaign_types=("é",)), "campaignTypes", r"'\xe9'", WORDS),
        (lambda: ListQuery(after="a b"), "cursor", "'a b'", IDS),
        (lambda: halt(idempotency_key=""), "idempotencyKey", "''", KEYS),
        (lambda: halt(expires_at=datetime(2026, 1, 2)), "expiresAt", "'2026-01-02T00:00:00'", INSTANTS),
        (lambda: halt(cursor={"sms": None, "voice": "a b"}), "cursor", "'a b'", IDS),
        (limits, "set", "'nothing'", "a limit for at least one pool"),
        (
            lambda: limits(voice=None, sms=-1),
            "set",
            "'sms: -1'",
            "for each pool a whole number from 0 to 1000000, or null for the default",
        ),
        (lambda: pools_asked("fax", POOLS), "campaignType", "'fax'", "one of voice, sms, all"),
    ],
)
def test_what_was_wrong_is_said(asked: Callable[[], object], field: str, value: str, allowed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked()
    assert (refused.value.field, refused.value.value, refused.value.allowed) == (field, value, allowed)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: act(campaign_id="x" * 64, idempotency_key="x" * 255, expires_at=NOON),
        lambda: StatusQuery(campaign_ids=("c",) * 25),
        lambda: reconcile(limit=1),
        lambda: reconcile(limit=1_000, cursor={"sms": "x" * 64, "sms/lambda": "of:that/page", "voice": None}),
        lambda: ListQuery(limit=1, after="x" * 64),
        lambda: ListQuery(limit=1_000, statuses=("x",) * 25, campaign_types=("x" * 64, "two words")),
        lambda: halt(expires_at=NOON, cursor={"sms": None, "voice": "x" * 64}),
        lambda: limits(voice=0, sms=1_000_000),
    ],
)
def test_the_largest_and_the_smallest_are_let_through(asked: Callable[[], object]) -> None:
    asked()


def test_a_request_is_good_up_to_the_instant_at_which_it_expires() -> None:
    require_unexpired(NOON, NOON)
    require_unexpired(None, NOON)
    with pytest.raises(RequestExpired):
        require_unexpired(NOON, NOON.replace(microsecond=1))


def test_a_cursor_says_where_to_begin_and_what_to_leave_out() -> None:
    onward = reconcile(cursor={"sms": "c-7", "voice/step_functions": None})
    assert (onward.behind("sms"), onward.behind("voice/step_functions"), onward.behind("voice")) == (
        "c-7",
        None,
        None,
    )
    assert [onward.begins_at(place) for place in ("sms", "voice", "voice/step_functions")] == [True, False, True]
    assert (onward.wants("sms"), onward.wants("voice"), onward.wants("fax")) == (True, True, False)
    assert reconcile().wants("fax")


def test_keys_of_pools_tell_requests_apart_whatever_their_order() -> None:
    assert limits(sms=1, voice=2).key == limits(voice=2, sms=1).key != limits(sms=2, voice=1).key
    unhalt = UnhaltCommand(origin=ORIGIN, idempotency_key="k", campaign_type="sms")
    assert (
        len({halt().key.content_hash, halt(campaign_type="voice").key.content_hash, unhalt.key.content_hash}) == 3
    )
    assert pools_asked("all", POOLS) == ("voice", "sms")
