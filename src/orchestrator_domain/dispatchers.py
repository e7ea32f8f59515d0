"""Which dispatcher serves a run."""

from collections.abc import Mapping

from attrs import field, frozen

from orchestrator_domain.ports.dispatcher import Dispatcher, ExecutionControl
from orchestrator_domain.routing import Route, RoutingTable
from orchestrator_domain.run import Run


@frozen(kw_only=True, eq=False, repr=False)
class Dispatchers:
    """The routing table with the dispatchers that it names.

    Raises:
        ValueError: a route names a dispatcher that is not there.
    """

    routes: RoutingTable
    by_name: Mapping[str, Dispatcher] = field()

    _controls: dict[str, ExecutionControl | None] = field(factory=dict, init=False)

    @by_name.validator
    def _every_route_leads_somewhere(self, _: object, by_name: Mapping[str, Dispatcher]) -> None:
        for route in self.routes.by_type.values():
            if route.dispatcher not in by_name:
                raise ValueError(f"no dispatcher {route.dispatcher!r} for type {route.campaign_type!r}")

    def route_of(self, run: Run) -> Route | None:
        """The route of the run's campaign type; None when this deployment no longer knows the type."""
        return self.routes.by_type.get(run.campaign_type)

    def dispatcher_of(self, run: Run) -> Dispatcher | None:
        route = self.route_of(run)
        return self.by_name[route.dispatcher] if route else None

    def control_of(self, run: Run) -> ExecutionControl | None:
        """The means to look at and stop the run's execution; None where its dispatcher has none."""
        route = self.route_of(run)
        return self._control_named(route.dispatcher) if route else None

    def _control_named(self, name: str) -> ExecutionControl | None:
        """Looked for once: what a runtime protocol asks of an object takes its time."""
        if name not in self._controls:
            dispatcher: object = self.by_name[name]
            self._controls[name] = dispatcher if isinstance(dispatcher, ExecutionControl) else None
        return self._controls[name]

    def is_unreported(self, run: Run) -> bool:
        """Whether nobody claims the run or reports on it: so its route says, and so it has been until now."""
        route = self.route_of(run)
        return route is not None and not route.dispatcher_reports and run.claimant is None

    def is_unreported_invocation(self, run: Run) -> bool:
        """Whether, besides, it can be neither looked at nor stopped, nor handed over again without acting twice."""
        return self.is_unreported(run) and self.control_of(run) is None

    def controls_of_pool(self, pool: str) -> Mapping[str, ExecutionControl]:
        """The dispatchers of the pool whose executions can be looked at and stopped, by name."""
        names = {route.dispatcher for route in self.routes.by_type.values() if route.pool == pool}
        controls = {name: self._control_named(name) for name in sorted(names)}
        return {name: control for name, control in controls.items() if control is not None}
