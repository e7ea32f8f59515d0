"""Whether the state machine of voice campaigns is there, and of the right kind."""

from collections.abc import Callable
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, not_checked, ok, problem
from orchestrator_adapters.aws.account_facts import AwsCallFailed, MachineFacts

NOT_THERE: Final = ("StateMachineDoesNotExist", "InvalidArn")
STANDARD, ACTIVE = "STANDARD", "ACTIVE"


@frozen
class StateMachine(Check):
    """``facts``: describes the machine. It is not started: Step Functions has no way to ask whether it may be."""

    name: ClassVar[str] = "state-machine"
    facts: Callable[[], MachineFacts]

    def look(self) -> Finding:
        try:
            facts = self.facts()
        except AwsCallFailed as failed:
            if failed.code in NOT_THERE:
                what = "there is no state machine of this ARN"
                return problem(what, to_do="Correct VOICE_CAMPAIGN_STATE_MACHINE_ARN, its region and its account.")
            what = f"the state machine cannot be looked at: {failed.code}"
            return not_checked(what, to_do="These credentials need states:DescribeStateMachine, and a way to AWS.")
        if facts.type != STANDARD:
            what = f"the state machine is {facts.type}: a campaign could be started twice, and never stopped"
            return problem(what, to_do="Create it again with the type STANDARD; the type cannot be changed.")
        if facts.status != ACTIVE:
            return problem(f"the state machine is {facts.status}", to_do="Create it again.")
        return ok("the state machine is there, and STANDARD")
