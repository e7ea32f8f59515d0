"""An orchestrator in this process, on the stores and dispatchers that the environment variables name."""

import os
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from campaign_orchestrator.command_line.failures import CommandFailed
from campaign_orchestrator.command_line.targets.target import Target
from campaign_orchestrator.container import Container, build_container, close
from campaign_orchestrator.settings import InvalidSettings, Settings, read_settings
from orchestrator_adapters.memory.deadline import NoDeadline


def settings_of_the_environment() -> Settings:
    """The settings.

    Raises:
        CommandFailed: names every environment variable that is missing or wrong.
    """
    try:
        return read_settings(os.environ)
    except InvalidSettings as invalid:
        raise CommandFailed("invalid_settings", str(invalid), complaints=list(invalid.complaints)) from None


@define
class Stores(Target):
    """Does what the function would do, with this process's rights."""

    container: Container = field(factory=lambda: build_container(settings_of_the_environment()))

    def ask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        request_id = f"cli-{self.container.run_ids().next_id()}"
        answer: dict[str, Any] = self.container.service().answer(
            event, request_id=request_id, deadline=NoDeadline()
        )
        return answer

    def close(self) -> None:
        close(self.container)
