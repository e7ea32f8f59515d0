"""The functions of src/orchestrator_adapters/postgres/doors: one call, one commit."""

from protocol_model.rules import Rules
from protocol_model.state import Run, State

ALLOWED_FROM = {
    "start": {"draft"},
    "resume": {"paused"},
    "retry": {"failed"},
    "pause": {"active"},
    "stop": {"draft", "active", "paused"},
}
LEADS_TO = {"start": "active", "resume": "active", "retry": "active", "pause": "paused", "stop": "cancelled"}
AFTER = {"succeeded": "completed", "failed": "failed", "dispatch_failed": "failed"}
LIMIT = 1


def decide(state: State, action: str, campaign: int, key: str) -> str:
    """What ``admit`` decides: replayed, refused (remembered), busy (not remembered) or admitted."""
    if any(known == key for known, _ in state.keys):
        return "replayed"
    latest = state.latest(campaign)
    if latest is not None and latest.is_live:
        return "busy" if latest.state == "stopping" else "refused"
    if state.statuses[campaign] not in ALLOWED_FROM[action]:
        return "refused"
    return "busy" if state.live() >= LIMIT else "admitted"


def remember(state: State, key: str, number: int) -> State:
    return state._replace(keys=tuple(sorted({*state.keys, (key, number)})))


def insert_run(state: State, campaign: int, number: int, key: str) -> State:
    run = Run(campaign=campaign, number=number, previous_status=state.statuses[campaign], key=key)
    return state.with_run(run).with_status(campaign, "active")


def begin_attempt(state: State, rules: Rules, run: Run, expected_attempts: int) -> State | None:
    if run.state in ("stopping", "ended") or run.leased:
        return None
    if not rules.attempts_are_counted:
        return state.with_run(run._replace(claimable=True))
    if run.attempts != expected_attempts:
        return None
    return state.with_run(run._replace(attempts=run.attempts + 1, unknown=True, claimable=True))


def mark_dispatched(state: State, run: Run, reached: str) -> State:
    if not run.is_live:
        return state
    moves = run.state == "dispatching" or (run.state == "dispatched" and reached == "running")
    return state.with_run(
        run._replace(
            state=reached if moves else run.state,
            referenced=True,
            unknown=run.unknown and run.state == "stopping",
        )
    )


def mark_unknown(state: State, run: Run) -> State:
    return state.with_run(run._replace(unknown=True)) if run.is_live else state


def begin_stopping(state: State, action: str, campaign: int) -> State | None:
    """``None``: refused, or done already."""
    live = next((run for run in state.runs if run.campaign == campaign and run.is_live), None)
    stands = state.statuses[campaign] == LEADS_TO[action]
    if stands and (live is None or live.state == "stopping"):
        return None
    if not stands and state.statuses[campaign] not in ALLOWED_FROM[action]:
        return None
    state = state.with_status(campaign, LEADS_TO[action])
    return state if live is None else state.with_run(live._replace(state="stopping"))


def close_run(state: State, run: Run, outcome: str) -> State:
    outcome = "stopped" if run.state == "stopping" else outcome
    # What nobody reads of an ended run is forgotten, so that states which differ in nothing else are one.
    state = state.with_run(
        run._replace(
            state="ended",
            outcome=outcome,
            leased=False,
            unknown=False,
            referenced=True,
            claimant=0,
            token=0,
            claimable=False,
            progressed=True,
        )
    )
    if outcome == "returned":
        state = state._replace(keys=tuple(known for known in state.keys if known != (run.key, run.number)))
    after = run.previous_status if outcome == "returned" else AFTER.get(outcome)
    if state.statuses[run.campaign] == "active" and after is not None:
        return state.with_status(run.campaign, after)
    return state


def end_run(state: State, rules: Rules, run: Run, outcome: str) -> State:
    if not run.is_live or (run.leased and rules.open_lease_holds_the_run):
        return state
    return close_run(state, run, outcome)


def end_as_not_dispatched(state: State, rules: Rules, run: Run, outcome: str, attempts: int) -> State:
    """``end_run`` with ``only_if_attempts``."""
    only_attempt = run.attempts == attempts and not run.unknown and not run.is_confirmed
    if run.is_live and (only_attempt or not rules.refusal_needs_the_only_attempt) and not run.leased:
        return close_run(state, run._replace(said_not_dispatched=True), outcome)
    return state


def may_claim(state: State, rules: Rules, run: Run, claimant: int, *, by_attempt: bool) -> bool:
    if not rules.claims:
        return True
    newest = state.latest(run.campaign)
    if run.state in ("stopping", "ended") or newest is None or newest.number != run.number or run.leased:
        return False
    if run.claimant == claimant:
        return True
    heir = by_attempt and claimant == run.attempts and claimant > run.claimant
    return (run.claimant == 0 or heir) and run.claimable


def claim(state: State, run: Run, claimant: int) -> Run:
    return run._replace(state="running", claimant=claimant, token=run.token + 1, leased=False)


def may_begin_batch(rules: Rules, run: Run, token: int) -> bool:
    states = ("running",) if rules.fence_stops_batches else ("running", "stopping")
    return run.state in states and run.token == token and not run.leased


def end_batch(state: State, run: Run) -> State:
    run = run._replace(leased=False, progressed=True)
    return close_run(state, run, "stopped") if run.state == "stopping" else state.with_run(run)
