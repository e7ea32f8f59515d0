"""The domain, put together: for services that embed it."""

from collections.abc import Mapping
from functools import cached_property

from attrs import define, field

from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.pools import Pools
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.dispatcher import Dispatcher
from orchestrator_domain.ports.event_publisher import EventPublisher
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.ports.pool_control import PoolControl
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.ports.slot_ledger import SlotLedger
from orchestrator_domain.ports.upkeep_records import UpkeepRecords
from orchestrator_domain.queries import StatusQuery
from orchestrator_domain.routing import RoutingTable
from orchestrator_domain.status_answers import StatusAnswer
from orchestrator_domain.upkeep_answers import ReconcileAnswer, SettleAnswer
from orchestrator_domain.upkeep_commands import OutcomeHint, ReconcileCommand
from orchestrator_domain.use_cases.announcements import Announcements
from orchestrator_domain.use_cases.foresee_repair import ForeseeRepair
from orchestrator_domain.use_cases.halt_campaign import HaltCampaign
from orchestrator_domain.use_cases.hand_over import HandOver
from orchestrator_domain.use_cases.launch_run import LaunchRun
from orchestrator_domain.use_cases.make_room import MakeRoom
from orchestrator_domain.use_cases.pause_halted_run import PauseHaltedRun
from orchestrator_domain.use_cases.projection import Projection
from orchestrator_domain.use_cases.reconcile import Reconcile
from orchestrator_domain.use_cases.reconcile_pool import ReconcilePool
from orchestrator_domain.use_cases.reconcile_run import ReconcileRun
from orchestrator_domain.use_cases.record_outcome import RecordOutcome
from orchestrator_domain.use_cases.settle_run import SettleRun
from orchestrator_domain.use_cases.status import ShowStatus
from orchestrator_domain.use_cases.stop_orphans import StopOrphans
from orchestrator_domain.use_cases.wind_down import WindDown


@define(kw_only=True, slots=False)
class Orchestrator:
    """Every action on campaigns, over the adapters that it is given. Safe to share between threads as they are.

    Attributes:
        routes, pools: which types there are, and what serves them.
        dispatchers: by the names that the routes have for them.

    Raises:
        ValueError: a route names a dispatcher that is not there.
    """

    routes: RoutingTable
    pools: Pools
    dispatchers: Mapping[str, Dispatcher]
    repository: CampaignRepository
    pool_control: PoolControl
    upkeep_records: UpkeepRecords
    ledger: SlotLedger
    run_ids: RunIds
    publisher: EventPublisher
    metrics: Metrics = field(factory=NoMetrics)

    def __attrs_post_init__(self) -> None:
        self._by_route = Dispatchers(routes=self.routes, by_name=self.dispatchers)
        self._announcements = Announcements(publisher=self.publisher)
        self._projection = Projection(
            repository=self.repository, ledger=self.ledger, pools=self.pools, metrics=self.metrics
        )
        self._wind_down = WindDown(
            repository=self.repository, dispatchers=self._by_route, projection=self._projection
        )

    def act(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        """Start, pause, resume, stop or retry a campaign. Raises an OrchestratorError for every refusal."""
        if command.action in (Action.PAUSE, Action.STOP):
            return self._halt_campaign.halt(command, deadline)
        return self._launch_run.launch(command, deadline)

    def status(self, query: StatusQuery, deadline: Deadline) -> StatusAnswer:
        """How the pools or some campaigns stand. Raises StoreUnavailable."""
        return ShowStatus(repository=self.repository, ledger=self.ledger, pools=self.pools).execute(query, deadline)

    def follow_up(self, hint: OutcomeHint, deadline: Deadline) -> SettleAnswer:
        """Look at the run that a signal names. Raises StoreUnavailable, DeadlineTooClose."""
        return RecordOutcome(repository=self.repository, settle_run=self._settle_run).execute(hint, deadline)

    def reconcile(self, command: ReconcileCommand, deadline: Deadline) -> ReconcileAnswer:
        """Finish every half-done step; once a minute is often enough. Raises StoreUnavailable, DeadlineTooClose."""
        return self._reconcile.execute(command, deadline)

    @cached_property
    def _hand_over(self) -> HandOver:
        return HandOver(repository=self.repository, dispatchers=self._by_route, metrics=self.metrics)

    @cached_property
    def _settle_run(self) -> SettleRun:
        return SettleRun(
            repository=self.repository,
            hand_over=self._hand_over,
            wind_down=self._wind_down,
            projection=self._projection,
            announcements=self._announcements,
            stop_orphans=StopOrphans(records=self.upkeep_records),
        )

    @cached_property
    def _launch_run(self) -> LaunchRun:
        return LaunchRun(
            repository=self.repository,
            hand_over=self._hand_over,
            projection=self._projection,
            wind_down=lambda: self._wind_down,
            make_room=lambda: MakeRoom(repository=self.repository, settle_run=self._settle_run),
            announcements=self._announcements,
            run_ids=self.run_ids,
            pools=self.pools,
            metrics=self.metrics,
        )

    @cached_property
    def _halt_campaign(self) -> HaltCampaign:
        return HaltCampaign(
            repository=self.repository,
            wind_down=self._wind_down,
            announcements=self._announcements,
            metrics=self.metrics,
        )

    @cached_property
    def _reconcile(self) -> Reconcile:
        run = ReconcileRun(
            repository=self.repository,
            settle_run=self._settle_run,
            foresee=ForeseeRepair(dispatchers=self._by_route),
            pause_halted_run=PauseHaltedRun(
                pool_control=self.pool_control, wind_down=self._wind_down, announcements=self._announcements
            ),
        )
        pool = ReconcilePool(
            repository=self.repository,
            records=self.upkeep_records,
            dispatchers=self._by_route,
            reconcile_run=run,
            stop_orphans=StopOrphans(records=self.upkeep_records),
            projection=self._projection,
        )
        return Reconcile(pools=self.pools, reconcile_pool=pool, metrics=self.metrics)
