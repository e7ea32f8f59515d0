"""The dispatchers by their names, each made when a run first needs it."""

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from orchestrator_domain.ports.dispatcher import Dispatcher


@frozen(eq=False, repr=False)
class DispatchersByName(Mapping[str, Dispatcher]):
    """A start of one channel makes nothing of the other's, and does not meet its faults (Property 27).

    Attributes:
        makers: by name; the same dispatcher at every call.
    """

    makers: Mapping[str, Callable[[], Dispatcher]]

    def __getitem__(self, name: str) -> Dispatcher:
        return self.makers[name]()

    def __contains__(self, name: object) -> bool:
        return name in self.makers  # a Mapping would make the dispatcher to answer this

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)
