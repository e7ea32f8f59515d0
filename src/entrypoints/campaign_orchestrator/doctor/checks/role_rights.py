"""Whether the function's role may do what the orchestrator does."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.checks.orchestrator_function import OrchestratorFunction
from campaign_orchestrator.doctor.finding import Finding, not_checked, ok, problem
from orchestrator_adapters.aws.account_facts import AwsCallFailed


@frozen
class RoleRights(Check):
    """``missing``: asks IAM's simulator, so that nothing has to be called to know whether it may be."""

    name: ClassVar[str] = "role-rights"
    needs: ClassVar[tuple[str, ...]] = (OrchestratorFunction.name,)
    missing: Callable[[], Sequence[str]]

    def look(self) -> Finding:
        try:
            missing = self.missing()
        except AwsCallFailed as failed:
            what = f"the role's rights cannot be simulated: {failed.code}"
            return not_checked(what, to_do="These credentials need iam:SimulatePrincipalPolicy on the role.")
        if missing:
            what = f"the function's role lacks {', '.join(missing)}"
            return problem(what, to_do="Add it to the role's policy (README, Rights on AWS).")
        return ok("the function's role may start, list and stop executions, and invoke the SMS dispatcher")
