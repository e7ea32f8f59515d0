"""Commands, names and inputs."""

import json
import re
from hashlib import sha256

import pytest

from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, Origin
from orchestrator_domain.dispatch_input import dispatch_input
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.queries import StatusQuery
from orchestrator_domain.routing import Route, RoutingTable

ORIGIN = Origin(source="test")
BAD_IDS = ["", "a b", "a\n", "a:b", "a{b}", "é", "x" * 65, "a/b", "\u0661"]


def command(campaign_id: str = "c", action: Action = Action.START, key: str = "k") -> ActionCommand:
    return ActionCommand(campaign_id=campaign_id, action=action, idempotency_key=key, origin=ORIGIN)


@pytest.mark.parametrize("campaign_id", BAD_IDS)
def test_an_id_that_could_break_a_name_a_key_or_a_line_is_refused(campaign_id: str) -> None:
    with pytest.raises(InvalidRequest, match="campaignId"):
        command(campaign_id)


@pytest.mark.parametrize("key", ["", "a b", "a\n", "é", "x" * 256])
def test_an_idempotency_key_is_visible_ascii(key: str) -> None:
    with pytest.raises(InvalidRequest, match="idempotencyKey"):
        command(key=key)


def test_the_content_hash_tells_requests_apart() -> None:
    hashes = {command(c, a).content_hash for c in ("c", "d") for a in Action}
    assert len(hashes) == 2 * len(Action)
    assert command(key="k").content_hash == command(key="other").content_hash


UUID = "abcdefab-cdef-0123-4567-89abcdefabcd"


@pytest.mark.parametrize("spelled", [UUID, UUID.upper(), UUID.replace("-", ""), UUID.title()])
def test_a_uuid_is_one_campaign_however_it_is_spelled(spelled: str) -> None:
    assert command(spelled).content_hash == sha256(f"{UUID}\nstart".encode()).hexdigest()
    assert command(spelled, Action.STOP).content_hash == sha256(f"{UUID}\nstop".encode()).hexdigest()


@pytest.mark.parametrize(
    "campaign_id", ["c", "C", "a-b", "A" * 31, "A" * 33, "A" * 31 + "G", "G" + "A" * 31, "A" * 30 + "--", "X" * 64]
)
def test_any_other_id_is_hashed_as_it_is(campaign_id: str) -> None:
    """A hash that was stored once is compared for ever."""
    assert command(campaign_id).content_hash == sha256(f"{campaign_id}\nstart".encode()).hexdigest()


def test_at_most_25_campaigns_per_status() -> None:
    StatusQuery(campaign_ids=("c",) * 25)
    with pytest.raises(InvalidRequest, match="at most 25"):
        StatusQuery(campaign_ids=("c",) * 26)


@pytest.mark.parametrize("campaign_id", ["c", "x" * 64, "3f2b8a52-0000-4000-8000-00000000cafe", "a.b c/d"])
def test_an_execution_s_name_is_safe_and_short(campaign_id: str) -> None:
    name = execution_name(campaign_id, 2_147_483_647, "0123456789abcdef" * 2)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
    assert name.endswith("-2147483647-01234567")


def route(**changes: object) -> Route:
    return Route(campaign_type="t", pool="p", dispatcher="d", max_input_bytes=1, **changes)  # type: ignore[arg-type]


def built(route: Route, config: dict[str, object]) -> dict[str, object]:
    made: dict[str, object] = json.loads(
        dispatch_input(
            route=route,
            campaign_id="c",
            campaign_name="N",
            config=config,
            timezone=None,
            run_id="r",
            run_number=2,
            resumed_from=1,
        )
    )
    return made


def test_the_dispatch_input_holds_the_campaign_the_run_and_the_envelope() -> None:
    assert built(route(envelope={"batchSize": 7}), {"a": 1}) == {
        "batchSize": 7,
        "campaignId": "c",
        "campaignName": "N",
        "campaignType": "t",
        "config": {"a": 1},
        "timezone": None,
        "runId": "r",
        "runNumber": 2,
        "resumedFrom": 1,
    }


def test_the_config_overlays_what_is_merged_from_it_and_nothing_else() -> None:
    merging = route(envelope={"sms": {"a": 1, "b": 1}}, merged_from_config=("sms",))
    assert built(merging, {"sms": {"b": 2}, "campaignId": "forged"})["sms"] == {"a": 1, "b": 2}
    assert built(merging, {"sms": "no object"})["sms"] == {"a": 1, "b": 1}
    assert built(merging, {"campaignId": "forged"})["campaignId"] == "c"


def test_a_route_to_a_dispatcher_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no dispatcher 'd'"):
        Dispatchers(routes=RoutingTable.of(route()), by_name={})


def test_an_unknown_type_has_no_pool() -> None:
    table = RoutingTable.of(route())
    assert (table.pool_of("t"), table.pool_of("fax")) == ("p", None)
