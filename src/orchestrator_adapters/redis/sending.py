"""Sends script calls, all together."""

from collections.abc import Sequence
from typing import Any

from orchestrator_adapters.redis.lua_door import ScriptCall


def send(client: Any, calls: Sequence[ScriptCall]) -> list[Any]:
    """The answers to ``calls``, in their order; the first error among them is raised.

    On one node all calls are one round trip; on a cluster, one for each node that has some of the keys, at the
    same time. Calls of a script that the server does not know (it was restarted, or another took its place) are
    sent once more, whole, and only those: the others have had their effect, which a repetition would not report.
    """
    from redis.exceptions import NoScriptError

    answers = _send(client, [call.command for call in calls])
    unknown = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        repeated = _send(client, [calls[place].whole_command for place in unknown])
        for place, answer in zip(unknown, repeated, strict=True):
            answers[place] = answer
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def _send(client: Any, commands: Sequence[tuple[str | int, ...]]) -> list[Any]:
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return list(pipeline.execute(raise_on_error=False))
