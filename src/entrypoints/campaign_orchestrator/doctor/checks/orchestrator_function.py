"""Whether the orchestrator's own function is there and ready."""

from collections.abc import Callable
from typing import ClassVar, Final

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, not_checked, ok, problem, warning
from orchestrator_adapters.aws.account_facts import AwsCallFailed, FunctionFacts

SHORTEST_TIMEOUT_SECONDS: Final = 15
"""Each action is answered within 10 s; the rest is for the function's own start."""


@frozen
class OrchestratorFunction(Check):
    """``facts``: describes the function, and does not invoke it."""

    name: ClassVar[str] = "orchestrator-function"
    facts: Callable[[], FunctionFacts]

    def look(self) -> Finding:
        try:
            facts = self.facts()
        except AwsCallFailed as failed:
            if failed.code == "ResourceNotFoundException":
                return problem("there is no such function", to_do="Correct --function, the region and the account.")
            return not_checked(
                f"AWS did not tell: {failed.code}", to_do="It needs lambda:GetFunctionConfiguration."
            )
        if facts.state not in ("Active", "Inactive") or facts.last_update == "Failed":
            what = f"the function is {facts.state}, its latest change {facts.last_update}"
            return problem(what, to_do="Look at its StateReason, and deploy it again.")
        if facts.timeout_seconds < SHORTEST_TIMEOUT_SECONDS:
            what = f"the function's timeout is {facts.timeout_seconds} s; an action may need 10 s and the start"
            return warning(what, to_do=f"Set it to {SHORTEST_TIMEOUT_SECONDS} s or more.")
        return ok(f"the function is {facts.state}, its timeout {facts.timeout_seconds} s")
