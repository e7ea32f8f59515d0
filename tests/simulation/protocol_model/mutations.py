"""The protocol broken on purpose, and the scenarios in which that is to be found."""

from typing import Final, NamedTuple

from protocol_model.exploration import Scenario
from protocol_model.rules import Rules
from protocol_model.scenarios import BY_NAME

RULES = Rules()


class Mutation(NamedTuple):
    """``scenario``: where it is found, unless ``is_safe``: then a second fence holds every promise there."""

    name: str
    rules: Rules
    scenario: Scenario
    is_safe: bool = False


def _small(name: str, **bounds: int) -> Scenario:
    return BY_NAME[name].within(crashes=0, losses=0).within(**bounds)


def _alone(name: str, **bounds: int) -> Scenario:
    """Without the second campaign, of which nobody asks anything."""
    return _small(name, **bounds).alone()


MUTATIONS: Final = (
    Mutation("no lease check", RULES._replace(open_lease_holds_the_run=False), _alone("voice: start A | stop A")),
    Mutation("batch while stopping", RULES._replace(fence_stops_batches=False), _alone("voice: start A | stop A")),
    Mutation(
        "check, then insert", RULES._replace(admission_is_one_commit=False), _small("voice: start A | start B")
    ),
    Mutation(
        "dispatch before record", RULES._replace(record_before_dispatch=False), _alone("foreign: start A | stop A")
    ),
    Mutation(
        "no claim and no burn",
        RULES._replace(claims=False, burns=False),
        _alone("voice: start A | stop A", losses=1),
    ),
    Mutation("release before end", RULES._replace(ends_only_at_rest=False), _alone("foreign: start A | stop A")),
    Mutation(
        "refusal trusted although unknown",
        RULES._replace(refusal_needs_the_only_attempt=False),
        _alone("foreign: start A | stop A", losses=1),
    ),
    Mutation(
        "no attempt counter",
        RULES._replace(attempts_are_counted=False),
        _alone("foreign: start A | stop A", crashes=1, losses=1),
    ),
    Mutation(
        "key after the admission",
        RULES._replace(key_is_in_the_admission=False),
        _alone("voice: start A, twice the same request"),
    ),
    Mutation(
        "reconcile passes over stopping",
        RULES._replace(reconcile_passes_over="stopping"),
        _alone("voice: start A | stop A", crashes=1, most_attempts=1),
    ),
    Mutation(
        "reconcile passes over dispatching",
        RULES._replace(reconcile_passes_over="dispatching"),
        _alone("sms: start A", crashes=1),
    ),
    Mutation("no burn", RULES._replace(burns=False), _alone("voice: start A | stop A", losses=1), is_safe=True),
    Mutation("no burn, no claims", RULES._replace(burns=False), _alone("foreign: start A | stop A", losses=1)),
)
