"""Limits that are changed at run time, and where they come from."""

from typing import Any

import pytest

from asking.orchestra import Orchestra


@pytest.fixture
def orchestra() -> Orchestra:
    return Orchestra({"MAX_CONCURRENT_VOICE_CAMPAIGNS": "2", "MAX_CONCURRENT_SMS_CAMPAIGNS": "3"})


def set_to(orchestra: Orchestra, limits: Any, **more: Any) -> dict[str, Any]:
    return orchestra.ask("limits", set=limits, **more)


def in_force(orchestra: Orchestra) -> dict[str, tuple[int, str]]:
    pools = orchestra.ask("status")["pools"]
    return {name: (pool["limit"], pool["limitSource"]) for name, pool in pools.items()}


def start(orchestra: Orchestra, *names: str) -> list[str]:
    for name in names:
        orchestra.put(name)
    return [str(orchestra.ask("start", name).get("errorCode", "ok")) for name in names]


def test_they_are_shown_with_their_source_and_the_halt(orchestra: Orchestra) -> None:
    set_to(orchestra, {"voice": 8})
    orchestra.ask("halt", campaignType="sms", reason="an incident")
    assert orchestra.ask("limits") == {
        "action": "limits",
        "success": True,
        "pools": {
            "voice": {"limit": 8, "limitSource": "stored", "defaultLimit": 2, "active": 0, "available": 8},
            "sms": {
                **{"limit": 3, "limitSource": "default", "defaultLimit": 3, "active": 0, "available": 3},
                "halted": "an incident",
            },
        },
    }


def test_what_was_set_is_in_force_for_the_next_start_and_null_returns_to_the_default(orchestra: Orchestra) -> None:
    assert start(orchestra, "v1", "v2", "v3") == ["ok", "ok", "resource_limit_reached"]
    answer = set_to(orchestra, {"voice": 3, "sms": 20})
    assert (answer["success"], answer["pools"]["voice"]["available"]) == (True, 1)
    assert in_force(orchestra) == {"voice": (3, "stored"), "sms": (20, "stored")}
    assert orchestra.ask("start", "v3")["success"]
    set_to(orchestra, {"voice": None})
    assert in_force(orchestra) == {"voice": (2, "default"), "sms": (20, "stored")}


def test_lowering_ends_nothing_and_zero_admits_nobody(orchestra: Orchestra) -> None:
    start(orchestra, "v1", "v2")
    pool = set_to(orchestra, {"voice": 0})["pools"]["voice"]
    assert (pool["active"], pool["limit"], pool["available"]) == (2, 0, 0)
    assert orchestra.live("voice") == {"v1", "v2"}
    orchestra.ask("stop", "v1")
    assert start(orchestra, "v3") == ["resource_limit_reached"]


def test_a_change_is_audited_with_from_to_and_who(orchestra: Orchestra) -> None:
    for limit in (8, 8, 4):
        set_to(orchestra, {"voice": limit}, actor="Ada", reason="a long weekend")
    rows = orchestra.store.events["pool:voice"]
    assert [(row.detail["limit_before"], row.detail["limit"]) for row in rows] == [(None, 8), (8, 4)]
    assert {(row.origin.actor, row.origin.reason, row.origin.source) for row in rows} == {
        ("Ada", "a long weekend", "direct")
    }


def test_a_key_is_one_change(orchestra: Orchestra) -> None:
    set_to(orchestra, {"voice": 8}, idempotencyKey="k")
    set_to(orchestra, {"voice": 4})
    assert set_to(orchestra, {"voice": 8}, idempotencyKey="k")["pools"]["voice"]["limit"] == 4
    refused = set_to(orchestra, {"voice": 9}, idempotencyKey="k")
    assert refused["errorCode"] == "idempotency_key_reused"
    assert in_force(orchestra)["voice"] == (4, "stored")


@pytest.mark.parametrize(
    "limits",
    [
        {},
        None,
        [],
        8,
        {"voice": -1},
        {"voice": 1_000_001},
        {"voice": 1.5},
        {"voice": True},
        {"voice": "8"},
        {"fax": 1},
        {"hybrid": 1},
        {"a\nb": -1},
        {"": 1},
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_half_done(orchestra: Orchestra, limits: Any) -> None:
    beside = {"sms": 1, **limits} if isinstance(limits, dict) and limits else limits
    refused = set_to(orchestra, beside)
    assert (refused["errorCode"], refused["field"]) == ("invalid_request", "set")
    assert "\n" not in refused["message"]
    assert in_force(orchestra) == {"voice": (2, "default"), "sms": (3, "default")}


def test_an_unknown_pool_is_named(orchestra: Orchestra) -> None:
    assert "'fax'" in set_to(orchestra, {"fax": 1})["message"]
    assert "voice: 1000001" in set_to(orchestra, {"voice": 1_000_001})["message"]


@pytest.mark.parametrize("limit", [0, 1_000_000])
def test_the_bounds_are_allowed(orchestra: Orchestra, limit: int) -> None:
    set_to(orchestra, {"voice": limit})
    assert in_force(orchestra)["voice"] == (limit, "stored")
