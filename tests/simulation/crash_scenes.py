"""The scenes of the exhaustive mode: every action, signal and dispatcher, of both channels, in every plight."""

from crash_points import FIRST, SECOND, Scene, ask
from history_steps import Step
from simulated_world import IDS

ACTIONS_IN_PAIRS = ("start", "pause", "resume", "stop", "retry", "reconcile", "halt")
FAILED_STATUS, DELETED, OTHER_TYPE = 6, 3, 2
OF_CHANNEL = {"voice": "v1", "sms": "s1"}


def row(campaign: str, change: int, how: int = 0) -> Step:
    return Step("row", how=(IDS.index(campaign), change, how))


def work(campaign: str, who: str, attempt: int = 1) -> Step:
    return Step("work", who, (IDS.index(campaign), 1, attempt if campaign.startswith("s") else 0))


def plights(c: str) -> dict[str, tuple[tuple[Step, ...], str | None]]:
    """What may have happened to a campaign before it is asked about, and where the last of it died."""
    started = ask("start", c, "started", 7)
    ended = Step("ends", how=(IDS.index(c), 1)) if c.startswith("v") else Step("time", how=(6,))
    failed = Step("ends", how=(IDS.index(c), 1, 1)) if c.startswith("v") else ended
    return {
        "a draft": ((), None),
        "started": ((started,), None),
        "paused": ((started, ask("pause", c, "paused", 8)), None),
        "failed": ((row(c, 0, FAILED_STATUS),), None),
        "admitted by a process that died": ((started,), ".dispatch"),
        "dispatched by a process that died": ((started,), ".mark_dispatched"),
        "paused by a process that died": ((started, ask("pause", c, "paused", 8)), ".end_run"),
        "at its end, unnoticed": ((started, ended), None),
        "deleted": ((started, row(c, DELETED)), None),
        "of another type": ((started, row(c, OTHER_TYPE)), None),
        "in a full pool": (
            tuple(ask("start", other, other, 7) for other in IDS if other[0] == c[0] and other != c),
            None,
        ),
        "run again by others": (
            (started, failed, ask("reconcile", c, "noticed"), Step("redriven", how=(IDS.index(c), 1))),
            None,
        ),
        "worked off": ((started, work(c, "worker")), None),
        "halted by a process that died": ((started, ask("halt", c, "halted", 8)), ".pause_run"),
        "halted": ((started, ask("halt", c, "halted", 8)), None),
    }


FITTING = {
    "start": "a draft",
    "pause": "started",
    "resume": "paused",
    "stop": "started",
    "retry": "failed",
    "halt": "started",
}
UPKEEP = (
    "admitted by a process that died",
    "dispatched by a process that died",
    "paused by a process that died",
    "at its end, unnoticed",
    "deleted",
    "of another type",
    "run again by others",
    "worked off",
    "halted by a process that died",
)


def scene(c: str, plight: str, then: Step, name: str) -> Scene:
    before, dies_at = plights(c)[plight]
    return Scene(f"{name} of {c}, {plight}", before, then, dies_at)


def singles() -> list[Scene]:
    scenes = []
    for c in OF_CHANNEL.values():
        where = (IDS.index(c), 1)
        scenes += [scene(c, plight, ask(action, c, FIRST), action) for action, plight in FITTING.items()]
        scenes += [scene(c, plight, ask("stop", c, FIRST), "stop") for plight in ("a draft", "paused", *UPKEEP)]
        scenes += [scene(c, "in a full pool", ask("start", c, FIRST), "start")]
        scenes += [scene(c, plight, ask("start", c, FIRST, 7), "repeated start") for plight in UPKEEP]
        scenes += [scene(c, plight, ask("reconcile", c, FIRST), "reconcile") for plight in UPKEEP]
        scenes += [scene(c, "started", ask("status", c, FIRST), "status")]
        scenes += [scene(c, plight, ask("halt", c, FIRST, 8), "halt") for plight in ("a draft", "paused", *UPKEEP)]
        scenes += [
            scene(c, plight, ask("unhalt", c, FIRST), "unhalt") for plight in ("halted", "started", UPKEEP[-1])
        ]
        scenes += [scene(c, "halted", ask(action, c, FIRST), action) for action in ("start", "resume", "reconcile")]
        for kind, signal in enumerate(("status change", "destination record")):
            # A destination record names the run behind the one that is given, a status change the run itself.
            event = Step("event", FIRST, (where[0], 1 - kind, kind))
            scenes += [scene(c, plight, event, signal) for plight in ("started", *UPKEEP)]
        scenes += [scene(c, plight, work(c, FIRST), "dispatcher") for plight in ("started", *UPKEEP)]
    return scenes


def pairs(channel: str, first: str) -> list[tuple[Scene, Step]]:
    """The first action where it fits, and each action after it."""
    c = OF_CHANNEL[channel]
    plight = FITTING.get(first, "admitted by a process that died")
    before = scene(c, plight, ask(first, c, FIRST, 1), first)
    again = [ask(first, c, SECOND, 1)] if first in FITTING else []
    return [(before, second) for second in (*seconds_of(c), *again)]


def pairs_with_a_dispatcher(channel: str) -> list[tuple[Scene, Step]]:
    """A dispatcher at work, and each action beside it; and a second dispatcher."""
    c = OF_CHANNEL[channel]
    before = scene(c, "started", work(c, FIRST), "dispatcher")
    return [(before, second) for second in (*seconds_of(c), work(c, SECOND))]


def seconds_of(c: str) -> list[Step]:
    """Each action, also on a campaign that competes for the same slots."""
    rival = {"v1": "v2", "s1": "s2"}[c]
    rivals = [ask("start", rival, SECOND, 2)]
    return [*(ask(second, c, SECOND, 2) for second in ACTIONS_IN_PAIRS), *rivals]
