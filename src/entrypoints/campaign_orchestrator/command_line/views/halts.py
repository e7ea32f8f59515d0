"""What a halt stopped, and the limits in force."""

from rich.console import Group, RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.views.tables import table_of


def halt_view(answer: Answer) -> RenderableType:
    """Each pool, and each run that the halt has come to."""
    lines = [Text(plain(answer["message"]), style="bold")]
    for name, pool in answer["pools"].items():
        left = "" if pool["remaining"] is None else f", {pool['remaining']} still live"
        lines.append(Text(f"{plain(name)}: {len(pool['runs'])} runs stopped{left}"))
        for run in pool["runs"]:
            under_way = f", {run['inFlight']} contacts under way" if run["inFlight"] else ""
            lines.append(
                Text(f"  {plain(run['campaignId'])}, run {run['runNumber']}: {plain(run['runState'])}{under_way}")
            )
    return Group(*lines)


def limits_view(answer: Answer) -> RenderableType:
    """The limit of each pool, and where it comes from."""
    table = table_of(
        "pool", "limit", "from", "default", "active", "free", "", figures=("limit", "default", "active", "free")
    )
    for name, pool in answer["pools"].items():
        halted = "" if pool.get("halted") is None else f"halted: {plain(pool['halted'])}"
        figures = [str(pool[field]) for field in ("defaultLimit", "active", "available")]
        source = "set at run time" if pool["limitSource"] == "stored" else "environment"
        table.add_row(plain(name), str(pool["limit"]), source, *figures, halted)
    return table
