"""Whether AWS's clock and ours agree."""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.state_machine import StateMachine
from campaign_orchestrator.doctor.clock_skew import skew_finding
from campaign_orchestrator.doctor.finding import Finding, not_checked
from orchestrator_adapters.aws.account_facts import MachineFacts
from orchestrator_domain.ports.clock import Clock


@frozen
class ClockOfAws(Check):
    """By the header Date of an answer, which has whole seconds. ``read``: asks AWS afresh."""

    name: ClassVar[str] = "aws-clock"
    needs: ClassVar[tuple[str, ...]] = (StateMachine.name,)
    read: Callable[[], MachineFacts]
    clock: Clock

    def look(self) -> Finding:
        before = self.clock.now()
        theirs = self.read().at
        if theirs is None:
            return not_checked("AWS told no time")
        return skew_finding("AWS", theirs, before=before, after=self.clock.now(), exact_to=timedelta(seconds=1))
