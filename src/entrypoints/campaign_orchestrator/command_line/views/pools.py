"""The pools: a table with a bar for each."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.text import Text

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.views.tables import table_of

WIDTH_OF_A_BAR: Final = 24
MOST_IDS_SHOWN: Final = 8
NEARLY_FULL_PERCENT: Final = 80.0


def pools_view(answer: Answer) -> RenderableType:
    """Each pool: how full it is, whether it is halted, and who holds its slots."""
    table = table_of("pool", "active", "limit", "free", "used", "", "", figures=("active", "limit", "free", "used"))
    remarks = []
    for name, pool in answer["pools"].items():
        percent = pool["utilizationPercent"]
        table.add_row(
            plain(name),
            str(pool["active"]),
            str(pool["limit"]),
            str(pool["available"]),
            f"{percent:.0f} %",
            _bar(percent),
            _ids(pool["activeCampaignIds"], pool["active"]),
        )
        remarks += _remarks(plain(name), pool)
    return Group(table, *remarks)


def _bar(percent: float) -> ProgressBar:
    colour = "green" if percent < NEARLY_FULL_PERCENT else "yellow" if percent < 100 else "red"
    return ProgressBar(
        total=100, completed=min(percent, 100), width=WIDTH_OF_A_BAR, complete_style=colour, finished_style=colour
    )


def _ids(ids: list[str], active: int) -> str:
    shown = ", ".join(plain(one) for one in ids[:MOST_IDS_SHOWN])
    return f"{shown} and {active - MOST_IDS_SHOWN} more" if active > MOST_IDS_SHOWN else shown


def _remarks(name: str, pool: dict[str, Any]) -> list[Text]:
    remarks = []
    if pool.get("halted") is not None:
        remarks.append(Text(f"{name} is halted: {plain(pool['halted'])}", style="bold red"))
    if pool.get("limitSource") == "stored":
        remarks.append(Text(f"{name}: the limit was set at run time", style="dim"))
    if pool.get("projection") == "stale":
        remarks.append(Text(f"{name}: Redis shows something else; the next action corrects it", style="yellow"))
    return remarks
