"""The audit trail of a campaign."""

from typing import Any

from rich.console import RenderableType

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.views.tables import moment, table_of


def history_view(answer: Answer) -> RenderableType:
    """What, from, to, who and why, oldest first."""
    if not answer["history"]:
        return "Nothing is on record of it."
    table = table_of("when", "what", "run", "status", "run state", "who", "why", figures=("run",))
    for entry in answer["history"]:
        table.add_row(
            moment(entry["at"]),
            plain(entry["kind"]),
            str(entry.get("runNumber", "")),
            _change(entry, "status"),
            _change(entry, "runState"),
            plain(entry.get("actor") or entry["source"]),
            plain(entry.get("reason") or entry.get("cause")),
        )
    return table


def _change(entry: dict[str, Any], what: str) -> str:
    before, after = plain(entry.get(f"{what}From")), plain(entry.get(f"{what}To"))
    return f"{before} → {after}" if before and after and before != after else after or before
