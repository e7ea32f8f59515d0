"""The command line ``campaign-orchestrator``: against the stores and dispatchers that the environment names."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from campaign_orchestrator.settings import InvalidSettings, Settings, read_settings

ACTIONS = ("start", "pause", "resume", "stop", "retry")
DONE, REFUSED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: done, 1: refused or failed, 2: the command or the environment is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings(os.environ)
    except InvalidSettings as invalid:
        for complaint in invalid.complaints:
            print(complaint, file=sys.stderr)
        return WRONG_USE
    return _migrate(settings) if asked.command == "migrate" else _ask(settings, _event(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="campaign-orchestrator",
        description="Start, pause, resume, stop and watch campaigns. Reads the function's environment variables.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to this version's schema; safe to repeat")
    for action in ACTIONS:
        command = commands.add_parser(action, help=f"{action} a campaign")
        command.add_argument("campaign_id", metavar="CAMPAIGN")
        command.add_argument("--key", help="idempotency key: repeated with it, the request is done once")
    history = commands.add_parser("history", help="show the audit trail of a campaign")
    history.add_argument("campaign_id", metavar="CAMPAIGN")
    reconcile = commands.add_parser("reconcile", help="finish every half-done step; safe at any time")
    reconcile.add_argument("--dry-run", action="store_true", help="only tell what would be looked into")
    status = commands.add_parser("status", help="show all pools, or up to 25 campaigns")
    status.add_argument("campaign_ids", metavar="CAMPAIGN", nargs="*")
    return parser


def _event(asked: argparse.Namespace) -> dict[str, Any]:
    if asked.command == "status":
        return {"action": "status", **({"campaignIds": asked.campaign_ids} if asked.campaign_ids else {})}
    if asked.command == "reconcile":
        return {"action": "reconcile", "dryRun": asked.dry_run}
    event = {"action": asked.command, "campaignId": asked.campaign_id}
    return event | ({"idempotencyKey": asked.key} if getattr(asked, "key", None) else {})


def _ask(settings: Settings, event: dict[str, Any]) -> int:
    from campaign_orchestrator.container import build_container, close
    from orchestrator_adapters.memory.deadline import NoDeadline

    container = build_container(settings)
    try:
        request_id = f"cli-{container.run_ids().next_id()}"
        answer = container.service().answer(event, request_id=request_id, deadline=NoDeadline())
    finally:
        close(container)
    print(json.dumps(answer, indent=2))
    return DONE if answer["success"] else REFUSED


def _migrate(settings: Settings) -> int:
    from campaign_orchestrator.building import postgres_settings
    from orchestrator_adapters.postgres.migrate import migrate

    report = migrate(postgres_settings(settings))
    print(json.dumps({"applied": report.applied, "unchanged": report.unchanged}, indent=2))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
