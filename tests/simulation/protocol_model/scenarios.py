"""What is explored: two campaigns, one pool of one slot, and always a reconcile that runs on and on."""

from protocol_model.exploration import Scenario
from protocol_model.processes import Request

A, B = 0, 1
RECONCILE = Request("reconcile")
START_A, START_B = Request("start", A, "k1"), Request("start", B, "k2")
PAUSE_A, STOP_A, RESUME_A = Request("pause", A), Request("stop", A), Request("resume", A, "k3")
RETRY_A = Request("retry", A, "k4")


def _scenario(
    name: str, channel: str, *requests: Request, statuses: tuple[str, str] = ("draft", "draft")
) -> Scenario:
    return Scenario(f"{channel}: {name}", channel, (*requests, RECONCILE), statuses)


SCENARIOS = tuple(
    _scenario(name, channel, *requests, statuses=statuses)
    for channel in ("voice", "foreign", "sms")
    for name, requests, statuses in (
        ("start A", (START_A,), ("draft", "draft")),
        ("start A | start B", (START_A, START_B), ("draft", "draft")),
        ("start A, twice the same request", (START_A, START_A), ("draft", "draft")),
        ("start A | stop A", (START_A, STOP_A), ("draft", "draft")),
        ("start A | pause A | start B", (START_A, PAUSE_A, START_B), ("draft", "draft")),
        ("start A | pause A | resume A", (START_A, PAUSE_A, RESUME_A), ("draft", "draft")),
        ("retry A, twice the same request", (RETRY_A, RETRY_A), ("failed", "draft")),
    )
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
