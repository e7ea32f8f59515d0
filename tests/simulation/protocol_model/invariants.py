"""The invariants that can be said of one state, or of one step. Each returns the first that is broken."""

from protocol_model.state import Run, State
from protocol_model.store import LIMIT

ORDER = ("dispatching", "dispatched", "running", "stopping", "ended")


def broken_in(state: State, channel: str) -> str:
    """The first invariant that ``state`` breaks, or an empty text."""
    return state.broken or _slots(state) or _work(state, channel) or _ends(state, channel) or _answers(state)


def broken_by(before: State, after: State) -> str:
    """I11: numbers only grow, states only advance, ended is final."""
    if before.runs is after.runs:
        return ""
    for old in before.runs:
        new = after.run(old.campaign, old.number)
        if new is None or ORDER.index(new.state) < ORDER.index(old.state) or new.attempts < old.attempts:
            return "I11: a run went back"
    return ""


def _slots(state: State) -> str:
    live = [run.campaign for run in state.runs if run.state != "ended"]
    if len(live) > LIMIT:
        return "I1: more live runs than the limit"
    return "I3: two live runs of one campaign" if len(set(live)) < len(live) else ""


def _work(state: State, channel: str) -> str:
    at_work = [(worker.campaign, worker.number) for worker in state.workers if worker.working]
    if len(set(at_work)) < len(at_work):
        return "I4: two workers at work on one run"
    for campaign, number in at_work:
        run = state.run(campaign, number)
        # A workflow that never claims is known to finish its task after StopExecution: see docs/guarantees.md.
        if run is None or (run.state == "ended" and channel != "foreign"):
            return "I2: work without a live run"
    return ""


def _ends(state: State, channel: str) -> str:
    for run in state.runs:
        # A run with claims may end with its last batch, before its execution: that one can do nothing any more.
        if channel == "foreign" and run.state == "ended" and state.execution(run.campaign, run.number) == "open":
            return "I6: an execution outlives its run"
        if run.said_not_dispatched and (run.has_acted or _may_act(state, run)):
            return "I10: not dispatched was a guess"
    return ""


def _may_act(state: State, run: Run) -> bool:
    name = (run.campaign, run.number)
    return any(late[:2] == name and late[2] == "real" for late in state.delayed) and not state.execution(*name)


def _answers(state: State) -> str:
    made = [run.key for run in state.runs if run.outcome != "returned" and run.key]
    if len(set(made)) < len(made):
        return "I9: one key made two runs"
    return ""
