"""One run of a command: whom it asks, and where its answer is shown."""

import getpass
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from attrs import define, field

from campaign_orchestrator.command_line.failures import AnswerLost
from campaign_orchestrator.command_line.screen import Screen
from campaign_orchestrator.command_line.targets.choice import Whereabouts, chosen_target
from campaign_orchestrator.command_line.targets.target import Target
from campaign_orchestrator.command_line.waiting import waiting


@define
class Session:
    """What every command is given in place of the options that all of them have."""

    screen: Screen
    whereabouts: Whereabouts
    _target: Target | None = field(default=None, init=False)

    @property
    def target(self) -> Target:
        """Whom to ask; made when it is first wanted."""
        if self._target is None:
            self._target = chosen_target(self.whereabouts)
        return self._target

    def ask(self, event: Mapping[str, Any], *, what: str) -> dict[str, Any]:
        """The answer to one event.

        Raises:
            CommandFailed: there is none.
        """
        with waiting(self.screen.errors, what):
            return self.answer_to(event)

    def answer_to(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one event, without anything to look at meanwhile. Raises CommandFailed."""
        asked = {name: value for name, value in event.items() if value is not None}
        try:
            answer = self.target.ask(asked)
        except AnswerLost as lost:
            if "idempotencyKey" in asked:
                lost.answer = {**lost.answer, "repeatWithKey": asked["idempotencyKey"]}
            raise
        if answer.get("errorCode") == "dispatch_unconfirmed" and "idempotencyKey" in asked:
            answer = {**answer, "repeatWithKey": asked["idempotencyKey"]}
        return answer

    def close(self) -> None:
        """Close what the target has opened."""
        if self._target is not None:
            self._target.close()


def key_or_a_new_one(key: str | None) -> str:
    """The idempotency key that was given, or one that can be told to whoever has to repeat the command."""
    return key or f"cli-{uuid4().hex}"


def actor_or_the_user(actor: str | None, user: Callable[[], str] = getpass.getuser) -> str | None:
    """Who asks, for the audit trail; None where the system knows no name."""
    if actor:
        return actor
    try:
        return user()
    except (OSError, KeyError):  # a container's process may have a number without a name
        return None
