"""The live runs of one halted pool are stopped, step by step."""

from collections.abc import Iterator
from typing import Final

from attrs import define, field

from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.run import Run
from orchestrator_domain.use_cases.pause_halted_run import PauseHaltedRun

MOST_RUNS_TOLD: Final = 3_000
"""As many runs of a pool are stopped and told of by one answer, so that two pools fit into the smallest answer that
a way in allows: 1 MB, of a load balancer
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html)."""
RUNS_READ_AT_ONCE: Final = 100
NO_STEP: Final = object()
"""There is no further step."""


@define(kw_only=True)
class HaltPoolPass:
    """The work of one halt in one pool.

    Attributes:
        behind: behind which campaign the next step goes on; None: from the start.
        looked_at: the runs, as they stand now. One that could not be paused is as it was read.
        is_done: this call does no more here.
        looked_at_all: there is no live run behind ``behind``.
    """

    pool: str
    behind: str | None
    origin: Origin
    deadline: Deadline
    repository: CampaignRepository
    pause_halted_run: PauseHaltedRun
    looked_at: list[Run] = field(factory=list)
    is_done: bool = False
    looked_at_all: bool = False
    _steps: Iterator[None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._steps = self._all_steps()

    def step(self) -> None:
        """Stop the next run. Takes budgets.RECONCILE_STEP_SECONDS at most, and raises nothing."""
        self.is_done = next(self._steps, NO_STEP) is NO_STEP

    def _all_steps(self) -> Iterator[None]:
        while len(self.looked_at) < MOST_RUNS_TOLD:
            try:
                runs = self.repository.live_runs_by_campaign(self.pool, limit=RUNS_READ_AT_ONCE, after=self.behind)
            except StoreUnavailable:
                return
            for run in runs:
                present = self._paused(run)
                if present is None:
                    return
                self.looked_at.append(present)
                self.behind = run.campaign_id
                yield
            if len(runs) < RUNS_READ_AT_ONCE:
                self.looked_at_all = True
                return

    def _paused(self, run: Run) -> Run | None:
        try:
            return self.pause_halted_run.execute(run, self.deadline, origin=self.origin)
        except StoreUnavailable:
            # It stays live, and is told as it was; the others are not kept waiting for it.
            return run
