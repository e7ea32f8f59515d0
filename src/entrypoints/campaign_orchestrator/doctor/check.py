"""One thing that can be wrong with an installation."""

from abc import abstractmethod
from typing import ClassVar, Protocol, runtime_checkable

from campaign_orchestrator.doctor.finding import Finding


@runtime_checkable
class Check(Protocol):
    """Looks at one thing, and changes nothing.

    Attributes:
        name: a stable word.
        needs: the names of checks without which this one can find out nothing.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def look(self) -> Finding:
        """What it finds.

        Raises:
            OrchestratorError, AwsCallFailed: what it asks does not answer.
        """
