"""One dispatch attempt of a run, and the record of what came of it."""

from collections.abc import Callable

from attrs import field, frozen

from orchestrator_domain import budgets
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import EndVerdict, MarkedRun, RunEnd
from orchestrator_domain.dispatchers import Dispatchers
from orchestrator_domain.errors import (
    DispatcherUnavailable,
    DispatchFailed,
    DispatchUnconfirmed,
    InvalidState,
    OrchestratorError,
    StoreUnavailable,
)
from orchestrator_domain.invocation import reference_of
from orchestrator_domain.measurements import Measurement, Metric
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.dispatcher import Accepted, Collision, NoEffect, Refused, Unknown
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.run import Run, RunOutcome, RunState


@frozen(kw_only=True, eq=False, repr=False)
class HandOver:
    """Hands a run to its dispatcher, once.

    Rules:
    1. The attempt is on record before it is made (``admit`` and ``begin_attempt`` count it).
    2. "Not dispatched" is recorded only if no attempt can have acted or can still act: the record is made on
       condition that this attempt is the only one and that no answer was lost.
    3. What may have happened is ``dispatch_unconfirmed``, never a guess.
    """

    repository: CampaignRepository
    dispatchers: Dispatchers
    metrics: Metrics = field(factory=NoMetrics)

    def attempt(
        self, run: Run, *, origin: Origin, once_accepted: Callable[[str], object] = lambda _: None
    ) -> MarkedRun:
        """Dispatch ``run`` and record it.

        ``once_accepted`` is given the reference of what was accepted, while that is being recorded.

        Raises:
            DispatcherUnavailable: refused for now; the campaign has its earlier status back.
            DispatchFailed: refused for good; the campaign is failed.
            DispatchUnconfirmed: it may have been dispatched, or is by another attempt.
            InvalidState: a pause or stop came first, and the run will not begin.
        """
        dispatcher = self.dispatchers.dispatcher_of(run)
        if dispatcher is None:
            refused = Refused(cause="no_route", transient=False)
            raise self._refused(run, refused, origin)
        elapsed_milliseconds = self.metrics.stopwatch()
        answer = dispatcher.dispatch(run)
        self.metrics.record(
            Measurement(metric=Metric.DISPATCH_LATENCY, value=elapsed_milliseconds(), pool=run.pool)
        )
        match answer:
            case Accepted() as accepted:
                return self._accepted(run, accepted, origin, once_accepted)
            case NoEffect(cause=cause):
                raise self._refused(run, Refused(cause=cause, transient=True), origin)
            case Refused() as refused:
                raise self._refused(run, refused, origin)
            case Unknown(cause=cause):
                raise self._unknown(run, cause, origin)
            case Collision(cause=cause):
                raise self._collided(run, cause, origin)

    def _accepted(
        self, run: Run, accepted: Accepted, origin: Origin, once_accepted: Callable[[str], object]
    ) -> MarkedRun:
        reference, state = accepted.reference, accepted.state
        if self.dispatchers.is_unreported_invocation(run):
            # Nobody will say that the work has begun, and the id of the invocation is to prove its end.
            reference, state = reference_of(reference), RunState.RUNNING
        try:
            return self.repository.mark_dispatched(
                run.identity,
                reference=reference,
                state=state,
                origin=origin,
                meanwhile=lambda: once_accepted(reference),
            )
        except StoreUnavailable as away:
            # The work was handed over; only its record is missing, which a claim or a late signal adds. The
            # caller is told "unconfirmed", because what the store holds by now is not known here.
            raise unconfirmed(run, away.cause) from away

    def _refused(self, run: Run, refused: Refused, origin: Origin) -> OrchestratorError:
        end = RunEnd(
            identity=run.identity,
            outcome=RunOutcome.RETURNED if refused.transient else RunOutcome.DISPATCH_FAILED,
            cause=refused.cause,
            origin=origin,
            only_if_attempts=run.attempts,
        )
        try:
            decision = self.repository.end_run(end)
        except StoreUnavailable:
            return unconfirmed(run, refused.cause)
        if decision.verdict is not EndVerdict.ENDED:
            return unconfirmed(run, refused.cause)
        if decision.run is not None and decision.run.outcome is RunOutcome.STOPPED:
            return overtaken(run, has_begun_is_known=True)
        if refused.transient:
            return DispatcherUnavailable(
                f"the dispatcher is away ({refused.cause}); the campaign is {run.previous_status} as before",
                cause=refused.cause,
                campaign_type=run.campaign_type,
                retry_after_seconds=budgets.DISPATCHER_RETRY_SECONDS,
            )
        return dispatch_failed(run, refused.cause)

    def _unknown(self, run: Run, cause: str, origin: Origin) -> OrchestratorError:
        try:
            self.repository.mark_unknown(run.identity, cause=cause, origin=origin)
        except StoreUnavailable:
            return unconfirmed(run, cause)
        return unconfirmed(run, cause)

    def _collided(self, run: Run, cause: str, origin: Origin) -> OrchestratorError:
        """A burned name: a stop came first, or the run was given up. Otherwise something foreign has the name."""
        try:
            present = self.repository.find_run(run.identity)
        except StoreUnavailable:
            return unconfirmed(run, cause)
        if present is not None and present.outcome is RunOutcome.DISPATCH_FAILED:
            return dispatch_failed(present, present.cause or cause)
        if present is None or present.state in (RunState.STOPPING, RunState.ENDED):
            return overtaken(run, has_begun_is_known=True)
        # Nothing of this run can ever start under a name that belongs to another input, so this is known to
        # be not dispatched; the next request gets the next number, and so another name.
        return self._refused(run, Refused(cause=cause, transient=True), origin)


def unconfirmed(run: Run, cause: str) -> DispatchUnconfirmed:
    """Whether ``run`` was dispatched is not known."""
    return DispatchUnconfirmed(
        f"whether run {run.number} was dispatched is not known yet ({cause}); repeat the request with the "
        "same idempotency key, or ask for its status",
        cause=cause,
        campaign_type=run.campaign_type,
        retry_after_seconds=budgets.UNCONFIRMED_RETRY_SECONDS,
    )


def dispatch_failed(run: Run, cause: str) -> DispatchFailed:
    """The dispatcher refused ``run`` for good."""
    return DispatchFailed(
        f"the dispatcher refused run {run.number} ({cause}); the campaign is failed, retry it after the repair",
        cause=cause,
        campaign_type=run.campaign_type,
    )


def overtaken(run: Run, *, has_begun_is_known: bool) -> InvalidState:
    """A pause or stop came first. Whether the work had begun by then is told only where it is known."""
    when = " before it began" if has_begun_is_known else "; whether it had begun by then is not known"
    return InvalidState(
        f"run {run.number} was stopped{when}",
        status="stopping",
        allowed_actions=(),
        campaign_type=run.campaign_type,
    )
