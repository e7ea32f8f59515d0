"""One live run of a halted pool is taken out of work."""

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import Origin
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.use_cases.announcements import Announcements
from orchestrator_domain.use_cases.wind_down import WindDown


@frozen(kw_only=True, eq=False, repr=False)
class PauseHaltedRun:
    """Fences a run because its pool is halted, and brings it to rest. Serves the halt, and whoever goes on."""

    pool_control: PoolControl
    wind_down: WindDown
    announcements: Announcements

    def execute(self, run: Run, deadline: Deadline, *, origin: Origin) -> Run | None:
        """The run as it stands now; None when its pool is not halted any more. Raises StoreUnavailable."""
        fenced = self.pool_control.pause_run(run.identity, origin=origin)
        if fenced is None:
            return None
        rest = self.wind_down.bring_to_rest(fenced, deadline, origin=origin)
        if run.state is not RunState.STOPPING and fenced.state is RunState.STOPPING:
            self.announcements.action_done(Action.PAUSE, rest.run)
        return rest.run
