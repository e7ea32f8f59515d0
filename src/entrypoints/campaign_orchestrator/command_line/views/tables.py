"""A plain table, alike for all answers."""

from collections.abc import Sequence

from rich.table import Table

from campaign_orchestrator.command_line.plain_text import plain


def table_of(*columns: str, figures: Sequence[str] = ()) -> Table:
    """An empty table. ``figures``: the columns whose cells are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in figures else "left", overflow="fold")
    return table


def moment(instant: object) -> str:
    """An instant of ISO 8601 to the second."""
    return plain(instant).replace("T", " ")[:19] if instant else ""
