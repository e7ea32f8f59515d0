"""reconcile: finish every half-done step."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from campaign_orchestrator.command_line.exit_codes import INCOMPLETE, ExitCode
from campaign_orchestrator.command_line.session import Session
from campaign_orchestrator.command_line.views.reconciliation import reconciliation_view
from campaign_orchestrator.command_line.waiting import waiting

COUNTED: Final = ("lookedAt", "foreignExecutions")
GATHERED: Final = ("campaignIds", "repairs", "orphans")


def reconcile(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be looked into.")] = False,
    limit: Annotated[int, typer.Option(help="Runs of each pool a request looks at.", min=1, max=1_000)] = 100,
) -> ExitCode:
    """Finish every half-done step; safe at any time.

    Looks at every live run, whether its work goes on, and at every open execution, whether a run has it. Asks as
    often as it takes, and ends with 3 when something could not be looked at for now.

    Examples:

      campaign-orchestrator reconcile --dry-run

      campaign-orchestrator reconcile --function campaign-orchestrator
    """
    answer: dict[str, Any] = {}
    event: dict[str, Any] = {"action": "reconcile", "dryRun": dry_run, "limit": limit}
    with waiting(session.screen.errors, "Reconciling") as shown:
        while True:
            latest = session.answer_to(event)
            answer = merged(answer, latest)
            if not latest["success"] or latest["cursor"] is None:
                break
            shown.has_done(sum(pool["lookedAt"] for pool in answer["pools"].values()))
            if latest["cursor"] == event.get("cursor"):
                answer |= _incomplete(answer)
                break
            event["cursor"] = latest["cursor"]
    return session.screen.show(answer, reconciliation_view)


def merged(before: Mapping[str, Any], latest: dict[str, Any]) -> dict[str, Any]:
    """One answer out of two that follow each other; what is told of a pool last holds."""
    if not before or not latest["success"]:
        return latest
    pools = {name: dict(pool) for name, pool in before["pools"].items()}
    for name, pool in latest["pools"].items():
        known = pools.setdefault(name, {})
        pools[name] = {
            **known,
            **pool,
            **{field: known.get(field, 0) + pool[field] for field in COUNTED},
            **{field: [*known.get(field, ()), *pool[field]] for field in GATHERED},
        }
    return {**latest, "pools": pools}


def _incomplete(answer: Mapping[str, Any]) -> dict[str, Any]:
    stuck = ", ".join(name for name, pool in answer["pools"].items() if not pool["complete"])
    return {
        "success": False,
        "errorCode": INCOMPLETE,
        "retryable": True,
        "message": f"not everything could be looked at for now: {stuck}",
    }
