"""halt, unhalt and limits."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from campaign_orchestrator.command_line.commands.arguments import ActorOption, KeyOption, ReasonOption, YesOption
from campaign_orchestrator.command_line.exit_codes import INCOMPLETE, NOT_CONFIRMED, ExitCode
from campaign_orchestrator.command_line.failures import CommandFailed, WrongUse
from campaign_orchestrator.command_line.session import Session, actor_or_the_user, key_or_a_new_one
from campaign_orchestrator.command_line.views.halts import halt_view, limits_view
from campaign_orchestrator.command_line.waiting import waiting


class CampaignTypes(StrEnum):
    """What is halted: the pool of a type, or both."""

    voice = "voice"
    sms = "sms"
    all = "all"


TypeArgument = Annotated[
    CampaignTypes, typer.Argument(metavar="voice|sms|all", help="The pool; hybrid is in voice.")
]


def halt(
    session: Session,
    campaign_type: TypeArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; everybody who is refused is told it.")],
    key: KeyOption = None,
    actor: ActorOption = None,
    yes: YesOption = False,
) -> ExitCode:
    """The emergency stop: admit nobody to a pool, and stop everything that it runs.

    From the first answer on no campaign of the pool is started; its live runs are then paused one after the other,
    so that each can be resumed after unhalt. Safe to repeat.

    Examples:

      campaign-orchestrator halt voice --reason 'complaints about night calls'

      campaign-orchestrator halt all --reason 'provider outage' --yes
    """
    _require_meant(session, campaign_type, yes)
    event = {
        "action": "halt",
        "campaignType": campaign_type.value,
        "reason": reason,
        "actor": actor_or_the_user(actor),
        "idempotencyKey": key_or_a_new_one(key),
    }
    with waiting(session.screen.errors, f"Halting {campaign_type.value}") as shown:
        answer = session.answer_to(event)
        whole = answer
        while answer["success"] and answer.get("cursor"):
            stopped = sum(len(pool["runs"]) for pool in whole["pools"].values())
            left = sum(pool["remaining"] or 0 for pool in answer["pools"].values())
            shown.has_done(stopped, stopped + left)
            before = answer["cursor"]
            answer = session.answer_to({**event, "cursor": before})
            whole = _joined(whole, answer)
            if answer.get("cursor") == before:
                words = "the pool is halted, and some of its runs could not be stopped for now; repeat the command"
                whole |= {"success": False, "errorCode": INCOMPLETE, "retryable": True, "message": words}
                break
    return session.screen.show(whole, halt_view)


def unhalt(
    session: Session,
    campaign_type: TypeArgument,
    reason: ReasonOption = None,
    key: KeyOption = None,
    actor: ActorOption = None,
) -> ExitCode:
    """Lift a halt. Nothing starts by itself: resume what is to go on.

    Examples:

      campaign-orchestrator unhalt voice

      campaign-orchestrator list --type voice --status paused
    """
    event = {
        "action": "unhalt",
        "campaignType": campaign_type.value,
        "reason": reason,
        "actor": actor_or_the_user(actor),
        "idempotencyKey": key_or_a_new_one(key),
    }
    return session.screen.show(session.ask(event, what=f"Lifting the halt of {campaign_type.value}"), limits_view)


def limits(
    session: Session,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[POOL=LIMIT]...", help="voice=8; 'default' in place of a number goes back to it."),
    ] = None,
    reason: ReasonOption = None,
    key: KeyOption = None,
    actor: ActorOption = None,
) -> ExitCode:
    """Show the limits, or change them at run time.

    A limit that was set holds for every process until it is changed again; lowering it ends nothing.

    Examples:

      campaign-orchestrator limits

      campaign-orchestrator limits voice=8 sms=20 --reason 'more lines'

      campaign-orchestrator limits voice=default
    """
    event: dict[str, Any] = {"action": "limits"}
    if changes:
        event |= {
            "set": _limits(changes),
            "reason": reason,
            "actor": actor_or_the_user(actor),
            "idempotencyKey": key_or_a_new_one(key),
        }
    return session.screen.show(session.ask(event, what="Asking for the limits"), limits_view)


def _limits(changes: list[str]) -> Mapping[str, int | None]:
    wanted: dict[str, int | None] = {}
    for change in changes:
        pool, equals, limit = change.partition("=")
        if not equals or not pool or not (limit == "default" or (limit.isascii() and limit.isdigit())):
            raise WrongUse(f"a limit must be POOL=NUMBER or POOL=default, not {change!a}")
        if pool in wanted:
            raise WrongUse(f"the limit of {pool!a} is given twice")
        wanted[pool] = None if limit == "default" else int(limit)
    return wanted


def _require_meant(session: Session, campaign_type: CampaignTypes, yes: bool) -> None:
    if yes:
        return
    if not typer.get_text_stream("stdin").isatty():
        raise WrongUse("halt asks whether it is meant, and nobody is there to answer; give --yes")
    answer = session.ask({"action": "status"}, what="Looking at the pools")
    pools = answer.get("pools", {})
    hit = pools if campaign_type is CampaignTypes.all else {campaign_type.value: pools.get(campaign_type.value, {})}
    words = ", ".join(f"{pool.get('active', 'unknown')} {name}" for name, pool in hit.items())
    if not typer.confirm(f"Halt {campaign_type.value}? Live campaigns that it stops: {words}.", err=True):
        raise CommandFailed(NOT_CONFIRMED, "nothing was done")


def _joined(before: dict[str, Any], latest: dict[str, Any]) -> dict[str, Any]:
    if not latest["success"]:
        return latest
    pools = {
        name: {**pool, "runs": [*before["pools"].get(name, {}).get("runs", ()), *pool["runs"]]}
        for name, pool in latest["pools"].items()
    }
    return {**latest, "pools": {**before["pools"], **pools}}
