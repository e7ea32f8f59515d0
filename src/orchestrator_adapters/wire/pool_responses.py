"""Answers of halt, unhalt and limits as camelCase responses."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from orchestrator_adapters.wire.response_writing import ALWAYS, write
from orchestrator_adapters.wire.status_responses import limit_source
from orchestrator_domain.pool_answers import HaltAnswer, HaltedPool, PoolsAnswer
from orchestrator_domain.pools import Pools


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


def unhalt_response(answer: PoolsAnswer, *, pools: Pools) -> dict[str, Any]:
    """The pools after a halt was lifted: now, or by an earlier delivery of the same request."""
    again = [usage.name for usage in answer.usages if usage.halted_reason is not None]
    message = f"Lifted before, and halted again since: {', '.join(again)}" if again else "Not halted any more"
    return write(PoolsResponse(action="unhalt", message=message, pools=_limits(answer, pools)))


def limits_response(answer: PoolsAnswer, *, pools: Pools) -> dict[str, Any]:
    """Each pool's limit, where it comes from, and whether the pool is halted."""
    return write(PoolsResponse(action="limits", pools=_limits(answer, pools)))


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


def _limits(answer: PoolsAnswer, pools: Pools) -> dict[str, PoolLimitResponse]:
    return {
        usage.name: PoolLimitResponse(
            limit=usage.limit,
            limit_source=limit_source(usage),
            default_limit=pools.by_name[usage.name].default_limit,
            active=usage.active,
            available=usage.available,
            halted=usage.halted_reason,
        )
        for usage in answer.usages
    }
