"""``campaign:execution:...``: there exactly while the campaign holds a slot, whatever comes late."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
DETAILS, ENDED = "campaign:execution:a", "{campaign:execution:a}:ended"


def holder(number: int = 1, since: datetime = SINCE) -> Holder:
    return Holder(
        campaign_id="a", campaign_type="sms", run_number=number, since=since, execution_reference=f"arn:{number}"
    )


def run_shown(raw: Any) -> int | None:
    text = raw.get(DETAILS)
    return None if text is None else int(json.loads(text)["runNumber"])


def test_a_late_record_of_an_ended_run_writes_none(ledger: SlotLedger, raw: Any) -> None:
    ledger.release("sms", "a", 1)
    ledger.record("sms", holder())
    assert run_shown(raw) is None


def test_a_late_record_of_an_older_run_leaves_the_newer_one_s(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder(2))
    ledger.record("sms", holder(1))
    assert run_shown(raw) == 2


def test_a_late_release_of_an_older_run_leaves_the_newer_one_s(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder(2))
    ledger.release("sms", "a", 1)
    assert run_shown(raw) == 2


def test_the_end_of_a_run_in_its_former_pool_leaves_the_newer_one_s(ledger: SlotLedger, raw: Any) -> None:
    """The campaign's type was changed by others: the pools' own keys cannot tell which run is the newer one."""
    ledger.record("voice", holder(1))
    ledger.record("sms", holder(2))
    ledger.release("voice", "a", 1)
    assert run_shown(raw) == 2
    ledger.rebuild("voice", [], as_of=datetime.now(UTC))
    assert run_shown(raw) == 2


def test_a_repeated_record_renews_them(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", evolve(holder(), execution_reference=None))
    ledger.record("sms", holder())
    assert json.loads(raw.get(DETAILS))["executionArn"] == "arn:1"


def test_a_rebuild_brings_them_back(ledger: SlotLedger, raw: Any) -> None:
    ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC))
    assert run_shown(raw) == 1


def test_a_rebuild_brings_them_back_also_where_the_set_was_right(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    raw.delete(DETAILS)
    assert not ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC)).found
    assert run_shown(raw) == 1


def test_a_rebuild_removes_those_of_whoever_holds_no_slot(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.rebuild("sms", [], as_of=datetime.now(UTC))
    assert run_shown(raw) is None


def test_a_rebuild_from_an_old_picture_leaves_those_of_a_newer_run(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder(2, since=SINCE + timedelta(minutes=1)))
    ledger.rebuild("sms", [holder(1)], as_of=SINCE + timedelta(seconds=30))
    assert run_shown(raw) == 2


def test_a_rebuild_from_an_old_picture_revives_none_of_a_run_that_has_ended_since(
    ledger: SlotLedger, raw: Any
) -> None:
    ledger.record("sms", holder())
    ledger.release("sms", "a", 1)
    ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC) - timedelta(minutes=1))
    assert run_shown(raw) is None


def test_a_rebuild_from_a_store_that_was_restored_to_yesterday_shows_its_runs(ledger: SlotLedger, raw: Any) -> None:
    """F16: the run numbers have gone back; what the lost future has written is older than the picture."""
    ledger.record("sms", holder(7))
    ledger.rebuild("sms", [holder(4)], as_of=datetime.now(UTC))
    assert run_shown(raw) == 4
    ledger.release("sms", "a", 9)
    ledger.rebuild("sms", [holder(4)], as_of=datetime.now(UTC) + timedelta(minutes=1))
    assert run_shown(raw) == 4
    assert raw.exists(ENDED) == 0


FORGED = {
    "no JSON": "nonsense",
    "no object": '"text"',
    "an array": "[1, 2]",
    "null": "null",
    "no run number": '{"startedAt": "2026-01-01T00:00:00+00:00"}',
    "no number": '{"runNumber": {"a": 1}, "startedAt": "2026-01-01T00:00:00+00:00"}',
    "a number as text": '{"runNumber": "99", "startedAt": "2026-01-01T00:00:00+00:00"}',
    "no date": '{"runNumber": 99, "startedAt": 5}',
    "no number at all": '{"runNumber": NaN, "startedAt": "2026-01-01T00:00:00+00:00"}',
    "endless": '{"runNumber": 1e999, "startedAt": "2026-01-01T00:00:00+00:00"}',
    "negative": '{"runNumber": -1, "startedAt": "2026-01-01T00:00:00+00:00"}',
    "deep": "[" * 5_000 + "]" * 5_000,
    "bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_the_ledger_never_wrote_is_replaced(ledger: SlotLedger, raw: Any, forged: str) -> None:
    raw.set(DETAILS, FORGED[forged])
    ledger.record("sms", holder())
    assert run_shown(raw) == 1
    raw.set(DETAILS, FORGED[forged])
    ledger.release("sms", "a", 1)
    assert raw.exists(DETAILS) == 0


def test_what_looks_like_the_ledger_s_own_is_replaced_by_a_rebuild(ledger: SlotLedger, raw: Any) -> None:
    for started_at in ("2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00", "zzz", ""):
        raw.set(DETAILS, json.dumps({"runNumber": 999, "startedAt": started_at}))
        ledger.record("sms", holder())
        ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC))
        assert run_shown(raw) == 1


@pytest.mark.parametrize("seconds_from_now", [-7200, 7200])
def test_a_forged_end_is_forgotten_by_a_rebuild(ledger: SlotLedger, raw: Any, seconds_from_now: int) -> None:
    raw.set(ENDED, f"999 ended {int((time.time() + seconds_from_now) * 1000)}")
    ledger.rebuild("sms", [holder()], as_of=datetime.now(UTC))
    assert run_shown(raw) == 1
