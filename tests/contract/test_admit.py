"""CampaignRepository.admit, promise by promise, over every adapter."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from asking.requests import (
    CLAIM_WINDOW_SECONDS,
    MOST_INPUT_BYTES,
    ORIGIN,
    POOLS,
    ROUTES,
    SMS_LIMIT,
    admission,
    end_of,
    stopping,
    unique,
)
from asking.stores import StoreUnderTest
from orchestrator_domain.campaign import Action
from orchestrator_domain.config_depth import DEEPEST_CONFIG, NOT_TOO_DEEP
from orchestrator_domain.decisions import EndVerdict, InvalidField, Verdict
from orchestrator_domain.dispatch_input import dispatch_input
from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.run import RunOutcome, RunState


def test_an_admitted_run_is_dispatching_and_its_campaign_active(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    request = admission(campaign)
    decision = store.repository.admit(request)
    assert (decision.verdict, decision.replayed) == (Verdict.ADMITTED, False)
    run = decision.run
    assert run is not None
    assert (run.number, run.state, run.attempts, run.unknown) == (1, RunState.DISPATCHING, 1, False)
    assert (run.run_id, run.pool, run.campaign_type) == (request.run_id, "sms", "sms")
    assert run.previous_status == "draft"
    assert run.resumed_from is None
    found = store.repository.find_campaigns([campaign])[campaign]
    assert found.status == "active"
    assert found.latest_run is not None
    assert found.latest_run.number == 1


def test_the_claim_window_of_the_route_bounds_the_claim(store: StoreUnderTest) -> None:
    sms, voice = store.put_campaign(unique("c")), store.put_campaign(unique("c"), campaign_type="voice")
    queued, executing = store.repository.admit(admission(sms)).run, store.repository.admit(admission(voice)).run
    assert queued is not None
    assert executing is not None
    assert queued.not_after is not None
    assert (queued.not_after - queued.created_at).total_seconds() == pytest.approx(CLAIM_WINDOW_SECONDS)
    assert executing.not_after is None


@pytest.mark.parametrize("campaign_type", ["voice", "sms", "hybrid"])
def test_the_dispatch_input_and_the_name_are_the_domain_s(store: StoreUnderTest, campaign_type: str) -> None:
    config = {
        "smsActions": {"template": "mine"},
        "text": "gr\u00fc\u00df \U0001f600 \"'",
        "n": [1, 2.5, None, True],
    }
    campaign = store.put_campaign(
        unique("c"), campaign_type=campaign_type, config=config, timezone="Europe/Berlin", name="N \u00e9"
    )
    request = admission(campaign)
    run = store.repository.admit(request).run
    assert run is not None
    wanted = dispatch_input(
        route=ROUTES.by_type[campaign_type],
        campaign_id=campaign,
        campaign_name="N \u00e9",
        config=config,
        timezone="Europe/Berlin",
        run_id=request.run_id,
        run_number=1,
        resumed_from=None,
    )
    assert json.loads(run.dispatch_input) == json.loads(wanted)
    assert run.execution_name == execution_name(campaign, 1, request.run_id)


def test_the_name_of_a_long_id_stays_within_80_characters(store: StoreUnderTest) -> None:
    campaign = store.put_campaign("x" * 50 + "_" + unique("y"))
    request = admission(campaign)
    run = store.repository.admit(request).run
    assert run is not None
    assert run.execution_name == execution_name(campaign, 1, request.run_id)
    assert len(run.execution_name) <= 80


def test_a_known_key_gives_the_first_decision_again(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    first = store.repository.admit(admission(campaign, key="k"))
    again = store.repository.admit(admission(campaign, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.ADMITTED, True)
    assert first.run is not None
    assert again.run is not None
    assert again.run.run_id == first.run.run_id
    assert len(store.repository.history(campaign, limit=10)) == 1


def test_the_same_call_again_is_no_second_delivery(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    request = admission(campaign)
    store.repository.admit(request)
    again = store.repository.admit(request)
    assert (again.verdict, again.replayed) == (Verdict.ADMITTED, False)


def test_a_known_key_with_other_content_is_refused_and_changes_nothing(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    store.repository.admit(admission(campaign, key="k"))
    decision = store.repository.admit(admission(campaign, Action.RETRY, key="k"))
    assert decision.verdict is Verdict.IDEMPOTENCY_KEY_REUSED
    assert len(store.repository.history(campaign, limit=10)) == 1


def test_keys_are_unique_per_campaign(store: StoreUnderTest) -> None:
    one, other = store.put_campaign(unique("c")), store.put_campaign(unique("c"), campaign_type="voice")
    assert store.repository.admit(admission(one, key="k")).verdict is Verdict.ADMITTED
    assert store.repository.admit(admission(other, key="k")).verdict is Verdict.ADMITTED


def test_a_campaign_that_does_not_exist(store: StoreUnderTest) -> None:
    assert store.repository.admit(admission(unique("c"))).verdict is Verdict.CAMPAIGN_NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"campaign_type": "fax"}, "type"),
        ({"config": []}, "config"),
        ({"config": "text"}, "config"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "not a zone"}, "timezone"),
    ],
)
def test_a_campaign_that_cannot_be_run(store: StoreUnderTest, fields: dict[str, object], name: str) -> None:
    campaign = store.put_campaign(unique("c"), **fields)
    decision = store.repository.admit(admission(campaign))
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field is not None
    assert decision.invalid_field.name == name
    assert store.repository.find_campaigns([campaign])[campaign].status == "draft"


@pytest.mark.parametrize("timezone", ["UTC", "America/New_York", "Etc/GMT+3", "America/Argentina/Buenos_Aires"])
def test_time_zones_that_are_known(store: StoreUnderTest, timezone: str) -> None:
    campaign = store.put_campaign(unique("c"), timezone=timezone)
    assert store.repository.admit(admission(campaign)).verdict is Verdict.ADMITTED


@pytest.mark.parametrize("action", [Action.START, Action.RESUME, Action.RETRY])
@pytest.mark.parametrize(
    "status", ["draft", "scheduled", "active", "paused", "cancelled", "completed", "failed", "odd"]
)
def test_the_status_table_decides(store: StoreUnderTest, action: Action, status: str) -> None:
    allowed = {
        Action.START: ("draft", "scheduled"),
        Action.RESUME: ("paused",),
        Action.RETRY: ("failed",),
    }[action]
    campaign = store.put_campaign(unique("c"), status=status)
    decision = store.repository.admit(admission(campaign, action))
    wanted = Verdict.ADMITTED if status in allowed else Verdict.INVALID_STATE
    assert decision.verdict is wanted
    after = store.repository.find_campaigns([campaign])[campaign].status
    assert after == ("active" if status in allowed else status)


def test_a_refused_state_is_remembered_with_its_key(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), status="paused")
    store.repository.admit(admission(campaign, key="k"))
    store.set_status(campaign, "draft")
    again = store.repository.admit(admission(campaign, key="k"))
    assert (again.verdict, again.replayed) == (Verdict.INVALID_STATE, True)


def test_a_campaign_has_at_most_one_live_run_whatever_its_status_says(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    run = store.repository.admit(admission(campaign)).run
    store.set_status(campaign, "draft")
    decision = store.repository.admit(admission(campaign))
    assert decision.verdict is Verdict.INVALID_STATE
    assert run is not None
    assert decision.run is not None
    assert decision.run.number == run.number


def test_a_run_that_is_still_stopping_is_in_the_way(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    store.repository.admit(admission(campaign))
    store.repository.begin_stopping(stopping(campaign, Action.PAUSE))
    decision = store.repository.admit(admission(campaign, Action.RESUME, key="k"))
    assert decision.verdict is Verdict.STILL_STOPPING
    assert decision.run is not None
    store.repository.end_run(end_of(decision.run))
    assert store.repository.admit(admission(campaign, Action.RESUME, key="k")).verdict is Verdict.ADMITTED


def test_resume_and_retry_continue_the_latest_run(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    for action, outcome, status in (
        (Action.START, RunOutcome.FAILED, "failed"),
        (Action.RETRY, RunOutcome.STOPPED, "paused"),
        (Action.RESUME, RunOutcome.SUCCEEDED, "completed"),
    ):
        run = store.repository.admit(admission(campaign, action)).run
        assert run is not None
        assert run.resumed_from == (run.number - 1 if run.number > 1 else None)
        assert store.repository.end_run(end_of(run, outcome)).verdict is EndVerdict.ENDED
        store.set_status(campaign, status)
    assert len(store.repository.history(campaign, limit=10)) == 6


def test_an_input_that_is_too_large_takes_no_slot(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), config={"text": "\u00e9" * MOST_INPUT_BYTES})
    decision = store.repository.admit(admission(campaign))
    assert decision.verdict is Verdict.PAYLOAD_TOO_LARGE
    assert decision.size_bytes is not None
    assert decision.size_bytes > 2 * MOST_INPUT_BYTES
    assert decision.limit_bytes == MOST_INPUT_BYTES
    assert decision.largest_field == "config"
    assert not store.repository.live_runs("sms", limit=5)


def test_a_name_that_is_too_large_is_what_is_named_also_to_a_repeated_request(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), name="\u00e9" * MOST_INPUT_BYTES, config={"text": "short"})
    for replayed in (False, True):
        decision = store.repository.admit(admission(campaign, key="k"))
        assert (decision.verdict, decision.replayed) == (Verdict.PAYLOAD_TOO_LARGE, replayed)
        assert decision.largest_field == "name"
    assert not store.repository.live_runs("sms", limit=5)


@pytest.mark.parametrize("is_list", [False, True])
def test_a_config_is_nested_as_deeply_as_any_reader_can_follow_and_no_deeper(
    store: StoreUnderTest, is_list: bool
) -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(levels - 1):
            value = [value] if is_list else {"a": value}
        return {"a": value}

    deepest, too_deep = (
        store.put_campaign(unique("c"), config=nested(levels)) for levels in (DEEPEST_CONFIG, DEEPEST_CONFIG + 1)
    )
    assert store.repository.admit(admission(deepest)).verdict is Verdict.ADMITTED
    decision = store.repository.admit(admission(too_deep))
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field == InvalidField(name="config", value="nested too deeply", allowed=NOT_TOO_DEEP)
    far_too_deep = store.put_campaign(unique("c"), config=nested(800))
    assert store.repository.admit(admission(far_too_deep)).verdict is Verdict.INVALID_CAMPAIGN
    assert store.repository.find_campaigns([far_too_deep])[far_too_deep].config == {}


def test_a_full_pool_names_its_holders_oldest_first(store: StoreUnderTest) -> None:
    holders = [store.put_campaign(unique("c")) for _ in range(SMS_LIMIT)]
    for holder in holders:
        assert store.repository.admit(admission(holder)).verdict is Verdict.ADMITTED
        store.pass_time(10)
    late = store.put_campaign(unique("c"))
    decision = store.repository.admit(admission(late, key="k"))
    assert decision.verdict is Verdict.RESOURCE_LIMIT_REACHED
    usage = decision.usage
    assert usage is not None
    assert (usage.active, usage.limit, usage.available) == (SMS_LIMIT, SMS_LIMIT, 0)
    assert [holder.campaign_id for holder in usage.holders] == holders
    assert store.repository.find_campaigns([late])[late].status == "draft"


def test_a_key_refused_by_a_full_pool_is_free_for_a_later_try(store: StoreUnderTest) -> None:
    runs = [store.repository.admit(admission(store.put_campaign(unique("c")))).run for _ in range(SMS_LIMIT)]
    late = store.put_campaign(unique("c"))
    store.repository.admit(admission(late, key="k"))
    assert runs[0] is not None
    store.repository.end_run(end_of(runs[0]))
    assert store.repository.admit(admission(late, key="k")).verdict is Verdict.ADMITTED


def test_a_full_pool_tells_how_long_recent_runs_took(store: StoreUnderTest) -> None:
    ended = store.repository.admit(admission(store.put_campaign(unique("c")))).run
    assert ended is not None
    store.pass_time(120)
    store.repository.end_run(end_of(ended))
    for _ in range(SMS_LIMIT):
        store.repository.admit(admission(store.put_campaign(unique("c"))))
    usage = store.repository.admit(admission(store.put_campaign(unique("c")))).usage
    assert usage is not None
    assert list(usage.recent_run_seconds) == [pytest.approx(120, abs=5)]


def test_a_halted_pool_admits_nobody_and_the_other_pool_does(store: StoreUnderTest) -> None:
    store.pool_control.set_halt("sms", "an incident", origin=ORIGIN)
    sms, voice = store.put_campaign(unique("c")), store.put_campaign(unique("c"), campaign_type="voice")
    decision = store.repository.admit(admission(sms))
    assert decision.verdict is Verdict.POOL_HALTED
    assert decision.usage is not None
    assert decision.usage.halted_reason == "an incident"
    assert store.repository.admit(admission(voice)).verdict is Verdict.ADMITTED


def test_hybrid_takes_its_slot_from_the_voice_pool(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), campaign_type="hybrid")
    run = store.repository.admit(admission(campaign)).run
    assert run is not None
    assert run.pool == "voice"
    active = {usage.name: usage.active for usage in store.repository.pool_usage(POOLS, holders_wanted=0)}
    assert active == {"sms": 0, "voice": 1}


def test_fifty_at_once_find_exactly_the_limit(store: StoreUnderTest) -> None:
    campaigns = [store.put_campaign(unique("c")) for _ in range(50)]
    with ThreadPoolExecutor(16) as threads:
        verdicts = list(threads.map(lambda c: store.repository.admit(admission(c)).verdict, campaigns))
    assert verdicts.count(Verdict.ADMITTED) == SMS_LIMIT
    assert verdicts.count(Verdict.RESOURCE_LIMIT_REACHED) == 50 - SMS_LIMIT
    assert len(store.repository.live_runs("sms", limit=50)) == SMS_LIMIT


def test_of_two_starts_of_one_campaign_one_is_admitted(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    with ThreadPoolExecutor(8) as threads:
        decisions = list(threads.map(lambda _: store.repository.admit(admission(campaign)), range(8)))
    verdicts = [decision.verdict for decision in decisions]
    assert verdicts.count(Verdict.ADMITTED) == 1
    assert verdicts.count(Verdict.INVALID_STATE) == 7


def test_of_several_deliveries_of_one_key_one_decides(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"))
    with ThreadPoolExecutor(8) as threads:
        decisions = list(threads.map(lambda _: store.repository.admit(admission(campaign, key="k")), range(8)))
    assert {decision.verdict for decision in decisions} == {Verdict.ADMITTED}
    assert [decision.replayed for decision in decisions].count(False) == 1
    assert len({decision.run.run_id for decision in decisions if decision.run}) == 1


def test_an_admission_appends_one_audit_row(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), status="scheduled")
    store.repository.admit(admission(campaign))
    (entry,) = store.repository.history(campaign, limit=10)
    assert (entry.kind, entry.run_number) == ("start_admitted", 1)
    assert (entry.status_from, entry.status_to) == ("scheduled", "active")
    assert (entry.run_state_from, entry.run_state_to) == (None, "dispatching")
    assert entry.origin == ORIGIN


def test_a_refusal_appends_no_audit_row(store: StoreUnderTest) -> None:
    campaign = store.put_campaign(unique("c"), status="completed")
    store.repository.admit(admission(campaign))
    assert not store.repository.history(campaign, limit=10)
