"""Which pool and which dispatcher serve a campaign type. A new type is one more Route."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from orchestrator_domain.value import Value

STEP_FUNCTIONS_INPUT_BYTES: Final = 262_144
"""StartExecution's limit in UTF-8 bytes (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""

LAMBDA_ASYNCHRONOUS_PAYLOAD_BYTES: Final = 1_048_576
"""The limit of an asynchronous Invoke: 1 MB (https://docs.aws.amazon.com/lambda/latest/dg/API_Invoke.html), where a
megabyte is 1,024 KB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). It was 256 KB."""

ATTEMPT_FIELD_BYTES: Final = 256
"""Room beside the stored input: for the attempt's number, and what a function adds when it goes on with itself."""


@frozen(kw_only=True, eq=False, repr=False)
class Route(Value):
    """One row of the routing table.

    Attributes:
        campaign_type: the type that takes this route.
        pool: the name of the ResourcePool that gives the slot.
        dispatcher: the name of the dispatcher that takes the run.
        max_input_bytes: the largest dispatch input, in UTF-8 bytes, that the dispatcher's service takes.
        envelope: fields that are added to every dispatch input of this type.
        merged_from_config: names of fields F for which the dispatch input holds the object
            ``envelope[F]`` overlaid with the object ``config[F]``.
        claim_window_seconds: how long after an attempt the run may still be claimed; None for a dispatcher
            whose handed-over work cannot be dropped by the service. Of a dispatcher that does not report: how long
            after its only attempt something of the run may still go on.
        dispatcher_reports: whether the dispatcher claims its runs and reports on them. One that does not may set
            the campaign's status itself; see docs/dispatchers.md.
    """

    campaign_type: str
    pool: str
    dispatcher: str
    max_input_bytes: int
    envelope: Mapping[str, Any] = field(factory=dict)
    merged_from_config: tuple[str, ...] = ()
    claim_window_seconds: float | None = None
    dispatcher_reports: bool = True


def _by_type(routes: Mapping[str, Route]) -> Mapping[str, Route]:
    return MappingProxyType(dict(routes))


@frozen(kw_only=True, eq=False, repr=False)
class RoutingTable(Value):
    """All routes, by campaign type."""

    by_type: Mapping[str, Route] = field(converter=_by_type)

    @classmethod
    def of(cls, *routes: Route) -> "RoutingTable":
        return cls(by_type={route.campaign_type: route for route in routes})

    @property
    def campaign_types(self) -> tuple[str, ...]:
        return tuple(self.by_type)

    @property
    def some_report_nothing(self) -> bool:
        """Whether a route leads to a dispatcher that does not report."""
        return any(not route.dispatcher_reports for route in self.by_type.values())

    def pool_of(self, campaign_type: str) -> str | None:
        """The pool that serves ``campaign_type``, or None for an unknown type."""
        route = self.by_type.get(campaign_type)
        return route.pool if route else None
