"""What a reconciliation looked at, repaired and stopped."""

from rich.console import Group, RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.screen import Answer
from campaign_orchestrator.command_line.views.tables import table_of


def reconciliation_view(answer: Answer) -> RenderableType:
    """Per pool, and then each repair."""
    verb = "would look into" if answer["dryRun"] else "did"
    pools = table_of(
        "pool", "runs looked at", "repairs", "orphans", "Redis", figures=("runs looked at", "repairs", "orphans")
    )
    details = []
    for name, pool in answer["pools"].items():
        figures = [str(pool["lookedAt"]), str(len(pool["repairs"])), str(len(pool["orphans"]))]
        pools.add_row(plain(name), *figures, plain(pool["projection"]))
        for repair in pool["repairs"]:
            words = f"{plain(repair['campaignId'])}, run {repair['runNumber']}: {plain(repair['repair'])}"
            details.append(Text(f"  {verb}: {words} ({plain(repair.get('why'))})"))
        for orphan in pool["orphans"]:
            state = "stopped" if orphan["stopped"] else "not stopped"
            details.append(Text(f"  orphan {plain(orphan['executionName'])}: {plain(orphan['why'])}, {state}"))
        if pool["foreignExecutions"]:
            details.append(Text(f"  {pool['foreignExecutions']} executions of others were left alone", style="dim"))
    return Group(pools, *details)
