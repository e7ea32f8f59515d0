"""Which orchestrator the options of a command mean."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from attrs import frozen

from campaign_orchestrator.command_line.failures import WrongUse
from campaign_orchestrator.command_line.targets.target import Target


@frozen(kw_only=True)
class Whereabouts:
    """The options that tell whom to ask; all of them empty: the stores of the environment."""

    function: str | None = None
    url: str | None = None
    headers: Sequence[str] = ()
    sign: bool | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """What the options of a command say; a command may have none of them."""
        return cls(
            function=options.get("function") or None,
            url=options.get("url") or None,
            headers=tuple(options.get("header") or ()),
            sign=options.get("sign"),
        )

    def require_one(self) -> None:
        """Raise WrongUse when two orchestrators are meant, or an option has no meaning."""
        if self.function and self.url:
            raise WrongUse("--function and --url name two orchestrators; give one of them")
        if not self.url and (self.headers or self.sign is not None):
            raise WrongUse("--header, --sign and --no-sign have a meaning with --url only")


def chosen_target(whereabouts: Whereabouts) -> Target:
    """The orchestrator to ask; what belongs to the others is not imported.

    Raises:
        CommandFailed: the options contradict each other, or the environment is wrong.
    """
    whereabouts.require_one()
    if whereabouts.function:
        from campaign_orchestrator.command_line.targets.deployed_function import DeployedFunction

        return DeployedFunction(whereabouts.function)
    if whereabouts.url:
        from campaign_orchestrator.command_line.targets.http_address import HttpAddress

        return HttpAddress.of(whereabouts.url, headers=whereabouts.headers, sign=whereabouts.sign)
    from campaign_orchestrator.command_line.targets.stores import Stores

    return Stores()
