"""Answers of halt, unhalt and limits as camelCase responses."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from orchestrator_adapters.wire.responses import ALWAYS, write
from orchestrator_domain.pool_answers import HaltAnswer, HaltedPool, PoolsAnswer
from orchestrator_domain.pools import Pools, PoolUsage

STORED, DEFAULT = "stored", "default"


@frozen(kw_only=True)
class HaltedRunResponse:
    campaign_id: str
    run_number: int
    run_state: str
    in_flight: int


@frozen(kw_only=True)
class HaltedPoolResponse:
    halted: str | None = field(default=None, metadata=ALWAYS)
    runs: Sequence[HaltedRunResponse]
    remaining: int | None = field(default=None, metadata=ALWAYS)
    complete: bool


@frozen(kw_only=True)
class HaltResponse:
    action: str = "halt"
    success: bool = True
    message: str
    complete: bool
    cursor: Mapping[str, str | None] | None = field(default=None, metadata=ALWAYS)
    pools: Mapping[str, HaltedPoolResponse]


@frozen(kw_only=True)
class PoolLimitResponse:
    limit: int
    limit_source: str
    default_limit: int
    active: int
    available: int
    halted: str | None = None


@frozen(kw_only=True)
class PoolsResponse:
    action: str
    success: bool = True
    message: str | None = None
    pools: Mapping[str, PoolLimitResponse]


def halt_response(answer: HaltAnswer, *, reason: str) -> dict[str, Any]:
    """What was stopped, per pool, what is left, and where to go on. ``reason``: that of the request."""
    return write(
        HaltResponse(
            message=_message(answer),
            complete=answer.complete,
            cursor=answer.cursor,
            pools={one.pool: _halted(one, reason) for one in answer.pools},
        )
    )


def pools_response(answer: PoolsAnswer, *, action: str, pools: Pools, message: str | None = None) -> dict[str, Any]:
    """Each pool's limit, where it comes from, and whether it is halted."""
    return write(
        PoolsResponse(
            action=action, message=message, pools={usage.name: _limit(usage, pools) for usage in answer.usages}
        )
    )


def limit_source(usage: PoolUsage) -> str:
    """Where the limit in force comes from: ``stored``, or the ``default`` of the environment."""
    return STORED if usage.limit_is_stored else DEFAULT


def _message(answer: HaltAnswer) -> str:
    lifted = [one.pool for one in answer.pools if one.was_lifted]
    if lifted:
        return f"Halted before, and lifted since: {', '.join(lifted)}"
    if answer.complete:
        return "Halted; no run is live"
    return "Halted; no start is admitted and no batch begins, and runs are still to be stopped"


def _halted(one: HaltedPool, reason: str) -> HaltedPoolResponse:
    return HaltedPoolResponse(
        halted=one.usage.halted_reason if one.usage else reason,
        runs=[
            HaltedRunResponse(
                campaign_id=run.campaign_id,
                run_number=run.number,
                run_state=run.state.value,
                in_flight=run.in_flight,
            )
            for run in one.runs
        ],
        remaining=one.usage.active if one.usage else None,
        complete=one.complete,
    )


def _limit(usage: PoolUsage, pools: Pools) -> PoolLimitResponse:
    return PoolLimitResponse(
        limit=usage.limit,
        limit_source=limit_source(usage),
        default_limit=pools.by_name[usage.name].default_limit,
        active=usage.active,
        available=usage.available,
        halted=usage.halted_reason,
    )
