"""Campaigns: one in full, several as a table."""

from typing import Any, Final

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.text import Text

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.views.tables import moment, table_of

COLOURS: Final = {"active": "green", "paused": "yellow", "failed": "red", "cancelled": "dim", "completed": "dim"}
WIDTH_OF_A_BAR: Final = 24


def campaign_view(answer: Answer) -> RenderableType:
    """One campaign with its latest run."""
    rows: list[tuple[str, RenderableType]] = [
        ("campaign", plain(answer["campaignId"])),
        ("name", plain(answer["name"])),
        ("type", plain(answer["campaignType"])),
        ("status", _status(answer["status"])),
        ("pool", plain(answer["pool"])),
        ("updated", moment(answer["updatedAt"])),
    ]
    run = answer.get("run")
    if run:
        rows += _run(run, answer)
    table = table_of("", "")
    table.show_header = False
    for name, value in rows:
        table.add_row(Text(name, style="bold"), value)
    return table


def campaigns_view(answer: Answer) -> RenderableType:
    """Several campaigns, one a row; of one that cannot be shown, why."""
    table = table_of("campaign", "type", "status", "run", "state", "sent", "name", figures=("run", "sent"))
    found = answer["campaigns"]
    for campaign in found.values() if isinstance(found, dict) else found:
        if not campaign["success"]:
            why = Text(plain(campaign["errorCode"]), style="red")
            table.add_row(plain(campaign["campaignId"]), "", why, "", "", "", plain(campaign["message"]))
            continue
        run = campaign["run"] or {}
        progress = run.get("progress")
        table.add_row(
            plain(campaign["campaignId"]),
            plain(campaign["campaignType"]),
            _status(campaign["status"]),
            str(run.get("number", "")),
            plain(run.get("state")),
            f"{progress['sent']} of {progress['total']}" if progress else "",
            plain(campaign["name"]),
        )
    return table


def _status(status: Any) -> Text:
    return Text(plain(status), style=COLOURS.get(str(status), ""))


def _run(run: dict[str, Any], answer: Answer) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = [
        ("run", f"{run['number']}, {plain(run['state'])}"),
        ("begun", moment(run["createdAt"])),
    ]
    for name, field in (("heard of", "lastHeartbeatAt"), ("ended", "endedAt")):
        if run.get(field):
            rows.append((name, moment(run[field])))
    for name, field in (("outcome", "outcome"), ("cause", "cause")):
        if run.get(field):
            rows.append((name, plain(run[field])))
    if answer.get("executionArn"):
        rows.append(("execution", plain(answer["executionArn"])))
    progress = run.get("progress")
    if progress:
        rows.append(("progress", ProgressBar(progress["total"], progress["sent"], width=WIDTH_OF_A_BAR)))
        rows.append(("", f"{progress['sent']} of {progress['total']} sent, {progress['failed']} failed"))
    return rows
