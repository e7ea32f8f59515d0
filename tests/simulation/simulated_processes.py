"""The processes of a history: orchestrators, SMS dispatchers and voice workflows, over ports that wait."""

from collections.abc import Callable
from functools import cache
from math import inf
from typing import Any

from attrs import define, evolve
from crashing_ports import HarmfulPort
from resumable_process import Call, ResumableProcess
from simulated_world import IdsByPlace, SimulatedWorld

from asking.orchestra import IN_MEMORY
from campaign_orchestrator.container import build_container
from campaign_orchestrator.service import OrchestratorService, RetryWanted
from campaign_orchestrator.settings import read_settings
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.run_claims import BatchEnd, ClaimRefusal, RunClaims
from orchestrator_domain.ports.run_ids import RunIds
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState

CONTACTS = 2
KEPT_BACK_SECONDS = 5.0
ORCHESTRATOR_PORTS = (
    "repository",
    "pool_control",
    "upkeep_records",
    "ledger",
    "step_functions",
    "sms_function",
    "publisher",
)


@define
class Stage(RunIds):
    """Where the one orchestrator that all histories share finds the process that runs just now."""

    process: ResumableProcess | None = None

    def call(self, name: str, _: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        meanwhile = named.pop("meanwhile", None)
        if meanwhile is not None:
            meanwhile()  # as the slowest record has it
        return self._process.call(Call(name, arguments, named))

    def next_id(self) -> str:
        process = self._process
        ids = IdsByPlace(f"run/{process.name}/{process.calls_made}")
        return str(process.at_once("run_ids.next_id", ids.next_id))

    @property
    def _process(self) -> ResumableProcess:
        assert self.process is not None, "a port is called by no process"
        return self.process


STAGE = Stage()


@cache
def service() -> OrchestratorService:
    """One service for all processes of all histories: it keeps nothing between two calls of a port."""
    plain = SimulatedWorld().ports
    parts = {name: HarmfulPort(name, plain[name], STAGE) for name in ORCHESTRATOR_PORTS}
    built: OrchestratorService = build_container(read_settings(IN_MEMORY), {**parts, "run_ids": STAGE}).service()
    return built


@cache
def claims() -> RunClaims:
    port: Any = HarmfulPort("claims", SimulatedWorld().ports["claims"], STAGE)
    return port  # type: ignore[no-any-return]


@define
class DeadlineOfProcess(Deadline):
    """What is left until the platform kills the process."""

    world: SimulatedWorld
    process: ResumableProcess

    def remaining_seconds(self) -> float:
        if self.process.dies_at == inf:
            return inf
        left = self.process.at_once("deadline", lambda: self.process.dies_at - self.world.seconds)
        return float(left)


def orchestrator(world: SimulatedWorld, name: str, event: dict[str, Any], dies_at: float) -> ResumableProcess:
    """An invocation of the orchestrator with ``event``."""

    def work(process: ResumableProcess) -> Any:
        STAGE.process = process
        try:
            return service().answer(event, request_id=name, deadline=DeadlineOfProcess(world, process))
        except RetryWanted as wanted:
            return {"retry_wanted": str(wanted)}

    return ResumableProcess(name, work, dies_at).begin()


def sms_dispatcher(
    world: SimulatedWorld, name: str, message: Run, claimant: str, dies_at: float
) -> ResumableProcess:
    """An invocation of the dispatcher function with ``message``."""

    def finish(_: ResumableProcess, claim: Any, progress: Progress) -> object:
        return claims().finish(claim, outcome=RunOutcome.SUCCEEDED, progress=progress, cause=None)

    work = _batches(world, message, claimant, message.attempts, finish)
    return ResumableProcess(name, work, dies_at).begin()


def voice_workflow(
    world: SimulatedWorld, name: str, run: Run, outcome: RunOutcome, dies_at: float
) -> ResumableProcess:
    """A task of the run's open execution, which ends the execution when all is done.

    It may outlive a StopExecution, as a Lambda task does.
    """

    def close(process: ResumableProcess, *_: Any) -> object:
        return process.call(Call("world.close", (run.execution_name, outcome), {}))

    work = _batches(world, run, run.execution_name, None, close)
    return ResumableProcess(name, work, dies_at).begin()


def _batches(
    world: SimulatedWorld,
    run: Run,
    claimant: str,
    attempt: int | None,
    at_the_end: Callable[[ResumableProcess, Any, Progress], object],
) -> Callable[[ResumableProcess], Any]:
    """Claim the run, lease each batch, send it, and end. It sends nothing without a lease that is open."""

    def work(process: ResumableProcess) -> Any:
        STAGE.process = process
        deadline = DeadlineOfProcess(world, process)
        try:
            claim = claims().claim(run.identity, run_id=run.run_id, claimant=claimant, attempt=attempt)
            if isinstance(claim, ClaimRefusal):
                return claim.value
            progress = evolve(claim.progress, total=CONTACTS)
            while not progress.adds_up:
                seconds = deadline.remaining_seconds() - KEPT_BACK_SECONDS
                if seconds <= 0:
                    return "out_of_time"
                lease = claims().begin_batch(claim, lease_seconds=seconds, size=1)
                if isinstance(lease, ClaimRefusal):
                    return lease.value
                process.call(Call("world.send", (run.identity, process.name), {}))
                progress = evolve(progress, sent=progress.sent + 1)
                ended = claims().end_batch(claim, lease, progress=progress)
                if not isinstance(ended, BatchEnd) or ended.state is not RunState.RUNNING:
                    return "stopped"
            at_the_end(process, claim, progress)
        except StoreUnavailable:
            return "store_unavailable"
        return "finished"

    return work
