"""SlotLedger, over every adapter: the reference of a run's execution, while pictures of different age come in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger

Shown = Callable[[str], str | None]

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(hours=3)


def holder(reference: str | None, number: int = 1, since: datetime = LONG_AGO) -> Holder:
    return Holder(
        campaign_id="a", campaign_type="sms", run_number=number, since=since, execution_reference=reference
    )


@pytest.mark.parametrize("since", [LONG_AGO, NOW])
def test_a_rebuild_from_before_the_dispatch_was_recorded_leaves_the_reference(
    ledger: SlotLedger, reference_shown: Shown, since: datetime
) -> None:
    ledger.record("sms", holder("arn:1", since=since))
    ledger.rebuild("sms", [holder(None, since=since)], as_of=NOW)
    assert reference_shown("a") == "arn:1"


def test_a_rebuild_brings_the_reference_that_its_picture_has(ledger: SlotLedger, reference_shown: Shown) -> None:
    ledger.record("sms", holder(None))
    ledger.rebuild("sms", [holder("arn:1")], as_of=NOW)
    assert reference_shown("a") == "arn:1"
    ledger.rebuild("sms", [holder("arn:other")], as_of=NOW)
    assert reference_shown("a") == "arn:other"


def test_a_run_that_is_not_dispatched_yet_does_not_take_the_reference_of_another(
    ledger: SlotLedger, reference_shown: Shown
) -> None:
    ledger.record("sms", holder("arn:1"))
    ledger.rebuild("sms", [holder(None, number=2)], as_of=NOW)
    assert reference_shown("a") is None
    ledger.record("sms", holder("arn:2", number=2))
    ledger.rebuild("sms", [holder(None, number=1)], as_of=NOW)  # of a store that was restored (F16)
    assert reference_shown("a") is None


def test_a_rebuild_shows_a_run_that_is_not_dispatched_yet(ledger: SlotLedger, reference_shown: Shown) -> None:
    ledger.rebuild("sms", [holder(None)], as_of=NOW)
    assert reference_shown("a") is None
