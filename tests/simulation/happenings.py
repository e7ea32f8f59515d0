"""What happens outside of the processes: time, limits, rows changed by others, and all that Redis may suffer."""

from collections.abc import Callable
from datetime import timedelta

from history_steps import Step
from simulated_world import CAMPAIGNS, IDS, POOLS, SimulatedWorld

from orchestrator_adapters.memory.slot_ledger import LedgerEntry, Standing
from orchestrator_domain.pools import Holder
from orchestrator_domain.run import RunOutcome

SECONDS = (1, 4, 11, 26, 70, 150, 400)
OUTCOMES = (RunOutcome.SUCCEEDED, RunOutcome.FAILED, RunOutcome.ABORTED, RunOutcome.TIMED_OUT)
STATUSES = ("draft", "scheduled", "active", "paused", "cancelled", "completed", "failed", "nonsense")
LEDGER = ("active", "runs", "details", "ended")


def execution_ends(world: SimulatedWorld, step: Step) -> None:
    """By itself, or stopped by hand."""
    run = world.run(IDS[step.choice(0)], step.choice(1))
    if run is not None and run.execution_name in world.open_executions():
        world.close(run.execution_name, OUTCOMES[step.choice(2)])


def execution_is_redriven(world: SimulatedWorld, step: Step) -> None:
    """Somebody runs an execution again that has failed or was aborted; one that has succeeded cannot be.

    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """
    run = world.run(IDS[step.choice(0)], step.choice(1))
    known = world.executions.executions.get(run.execution_name) if run is not None else None
    if run is None or known is None or known.given != run.dispatch_input:
        return
    if known.outcome not in (None, RunOutcome.SUCCEEDED):
        world.executions.begin(known.name, known.given)
        world.redriven.add(known.name)


def time_passes(world: SimulatedWorld, step: Step) -> None:
    world.clock.advance(SECONDS[step.choice(0)])


def late_call_arrives(world: SimulatedWorld, step: Step) -> None:
    world.arrive(step.who)


def limit_moves(world: SimulatedWorld, step: Step) -> None:
    world.set_limit(POOLS[step.choice(0)], step.choice(1))


def pool_is_halted(world: SimulatedWorld, step: Step) -> None:
    world.set_halt(POOLS[step.choice(0)], "halted" if step.choice(1) else None)


def row_is_changed(world: SimulatedWorld, step: Step) -> None:
    """Somebody else writes to the campaign's row: its status, its type, all of it; or deletes it."""
    campaign, change = IDS[step.choice(0)], step.choice(1)
    row = world.store.campaigns.get(campaign)
    if row is None or change == 1:
        world.store.put_campaign(campaign, campaign_type=CAMPAIGNS[campaign])
    elif change == 0:
        row.status = STATUSES[step.choice(2)]
    elif change == 2:
        row.campaign_type = ("fax", "hybrid" if campaign.startswith("v") else "sms")[step.choice(2) % 2]
    else:
        del world.store.campaigns[campaign]


def ledger_suffers(world: SimulatedWorld, step: Step) -> None:
    """Redis loses everything, or what was written since it was last saved, or holds anything."""
    ledger = world.ledger
    if step.choice(0) == 0:
        for name in LEDGER:
            getattr(ledger, name).clear()
    elif step.choice(0) == 1:
        copied = {name: getattr(ledger, name) for name in LEDGER}
        copied["active"] = {pool: set(shown) for pool, shown in ledger.active.items()}
        copied["runs"] = {pool: dict(runs) for pool, runs in ledger.runs.items()}
        world.saved = {name: dict(content) for name, content in copied.items()}
    elif step.choice(0) == 2:
        for name in LEDGER:
            setattr(ledger, name, dict(world.saved.get(name, {})))
        world.saved = {}
    else:
        _forge(world, step)


def _forge(world: SimulatedWorld, step: Step) -> None:
    ledger, now = world.ledger, world.clock.now()
    pool = POOLS[step.choice(1)]
    campaign = (IDS[step.choice(2) % 3], IDS[3 + step.choice(2) % 2])[step.choice(1)]
    at = now + timedelta(hours=(0, -24, 24)[step.choice(3)])
    entry = LedgerEntry(step.choice(4), (Standing.HELD, Standing.ENDED)[step.choice(5)], at)
    ledger.active.setdefault(pool, set()).update({IDS[step.choice(2)], "forged"})
    ledger.runs.setdefault(pool, {})[campaign] = entry
    holder = Holder(campaign_id=campaign, campaign_type="forged", run_number=step.choice(4), since=at)
    ledger.details[campaign] = holder
    if step.choice(5):
        ledger.ended[campaign] = entry


OUTSIDE: dict[str, Callable[[SimulatedWorld, Step], None]] = {
    "ends": execution_ends,
    "redriven": execution_is_redriven,
    "time": time_passes,
    "ledger": ledger_suffers,
    "limit": limit_moves,
    "halt": pool_is_halted,
    "row": row_is_changed,
    "late": late_call_arrives,
}
