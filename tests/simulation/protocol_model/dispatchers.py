"""What Step Functions, the Lambda queue and the dispatchers do: at any moment, in any order."""

from collections.abc import Iterator

from protocol_model import store
from protocol_model.rules import Rules
from protocol_model.state import Run, State, Worker

Step = tuple[str, State]
"""What happened, and what it led to. Faults begin with ``!``: they do not count towards convergence."""


def start_execution(state: State, campaign: int, number: int, text: str) -> tuple[State, str]:
    """Step Functions: one name, once. ``text`` is ``real`` or ``void`` (which burns the name)."""
    phase = state.execution(campaign, number)
    if not phase:
        return state.with_execution(campaign, number, "open" if text == "real" else "burned"), "accepted"
    if text == "real":
        # Taken by this very input: the same execution. Taken by the burn: a collision.
        return state, "collision" if phase == "burned" else "accepted"
    return state, "taken"


def dispatch(state: State, channel: str, campaign: int, number: int, attempt: int) -> tuple[State, str]:
    if channel == "sms":
        return state.with_message(campaign, number, attempt), "accepted"
    return start_execution(state, campaign, number, "real")


def outside_steps(state: State, rules: Rules, channel: str) -> Iterator[Step]:
    """Everything that happens without an orchestrator."""
    for late in state.delayed:
        arrived = state._replace(delayed=tuple(d for d in state.delayed if d != late))
        yield f"late request arrives {late}", start_execution(arrived, *late)[0]
    for campaign, number, phase in state.executions:
        if phase == "open":
            yield from _execution(state, rules, channel, campaign, number)
    for message in state.messages:
        yield from _message(state, rules, message)
    for worker in dict.fromkeys(state.workers):
        yield from _worker(state, rules, channel, worker)
    for run in state.runs:
        yield from _time(state, channel, run)


def _execution(state: State, rules: Rules, channel: str, campaign: int, number: int) -> Iterator[Step]:
    run = state.run(campaign, number)
    busy = any((w.campaign, w.number) == (campaign, number) for w in state.workers)
    closed = state.with_execution(campaign, number, "closed")
    if channel == "foreign":
        if not busy and (run is None or not run.has_acted):
            acted = state if run is None else state.with_run(run._replace(has_acted=True))
            yield f"task begins {campaign, number}", acted.with_worker(None, Worker(campaign, number, 0, True))
        if not busy:
            yield f"execution ends {campaign, number}", closed
        return
    yield f"execution ends {campaign, number}", closed
    if run is None and not rules.claims:
        yield f"unclaimed task {campaign, number}", state.with_worker(None, Worker(campaign, number, 0, True))
    elif run is not None and not busy and not run.progressed:
        yield from _arrives(state, rules, run, 1, by_attempt=False)


def _message(state: State, rules: Rules, message: tuple[int, int, int]) -> Iterator[Step]:
    campaign, number, attempt = message
    run = state.run(campaign, number)
    taken = state.without_message(message)
    if run is None:
        return
    yield f"!message dropped {message}", taken
    refused = True
    for label, after in _arrives(taken, rules, run, attempt, by_attempt=True):
        refused = False
        yield label, after
        if state.losses:
            yield f"!{label}, to come again", after.with_message(*message)._replace(losses=state.losses - 1)
    if refused:
        yield f"message refused {message}", taken


def _arrives(state: State, rules: Rules, run: Run, claimant: int, *, by_attempt: bool) -> Iterator[Step]:
    if store.may_claim(state, rules, run, claimant, by_attempt=by_attempt):
        claimed = store.claim(state, run, claimant) if rules.claims else run
        worker = Worker(run.campaign, run.number, claimed.token)
        if not rules.claims:
            claimed, worker = claimed._replace(has_acted=True), worker._replace(working=True)
        yield f"claim {run.campaign, run.number} by {claimant}", state.with_run(claimed).with_worker(None, worker)


def _worker(state: State, rules: Rules, channel: str, worker: Worker) -> Iterator[Step]:
    run = state.run(worker.campaign, worker.number)
    name = f"{worker.campaign, worker.number}"
    gone = state.with_worker(worker, None)
    if state.crashes:
        yield f"!worker dies {name}", gone._replace(crashes=state.crashes - 1)
    if run is None or worker.token == 0:
        yield f"task ends {name}", gone
    elif worker.working:
        ours = run.token == worker.token and run.is_live
        yield f"batch ends {name}", _after_batch(gone, run, ours, worker, channel)
    elif run.progressed and run.token == worker.token:
        finished = store.close_run(gone, run, "succeeded") if run.is_live else gone
        yield f"finish {name}", finished
    elif store.may_begin_batch(rules, run, worker.token):
        begun = state.with_run(run._replace(leased=True, has_acted=True))
        begun = begun.with_worker(worker, worker._replace(working=True))
        yield f"batch begins {name}", begun._replace(broken=_why_not(state, run))
    else:
        yield f"batch refused {name}", gone


def _why_not(state: State, run: Run) -> str:
    if run.state == "stopping":
        return "I7: a batch began after the commit of pause or stop"
    newest = state.latest(run.campaign)
    return "I5: a batch of an older run" if newest is not None and newest.number != run.number else ""


def _after_batch(gone: State, run: Run, ours: bool, worker: Worker, channel: str) -> State:
    ended = store.end_batch(gone, run) if ours else gone
    still = ended.run(run.campaign, run.number)
    if channel == "sms" and ours and still is not None and still.is_live:
        return ended.with_worker(None, worker._replace(working=False))
    return ended


def _time(state: State, channel: str, run: Run) -> Iterator[Step]:
    if not run.is_live:
        return
    held = any((w.campaign, w.number, w.token, w.working) == (*run[:2], run.token, True) for w in state.workers)
    if run.leased and not held:
        # Assumption A1: a lease is made of the rest of its holder's invocation, so it ends after its holder.
        yield f"lease expires {run[:2]}", state.with_run(run._replace(leased=False))
    if channel == "sms" and run.claimable and run.claimant == 0:
        yield f"claim window passes {run[:2]}", state.with_run(run._replace(claimable=False))
