"""Whether the dispatcher of SMS campaigns is there, and may be invoked."""

from collections.abc import Callable
from typing import ClassVar

from attrs import frozen

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, not_checked, ok, problem
from orchestrator_adapters.aws.account_facts import AwsCallFailed


@frozen
class DispatcherFunction(Check):
    """``require_invocable``: asks AWS, which does not invoke it."""

    name: ClassVar[str] = "sms-dispatcher"
    require_invocable: Callable[[], None]

    def look(self) -> Finding:
        try:
            self.require_invocable()
        except AwsCallFailed as failed:
            return _of_failure(failed.code)
        return ok("the SMS dispatcher is there, and these credentials may invoke it")


def _of_failure(code: str) -> Finding:
    if code == "ResourceNotFoundException":
        what = "there is no function of this name"
        return problem(what, to_do="Correct SMS_DISPATCHER_FUNCTION_NAME, its region and its account.")
    if code in ("AccessDeniedException", "AccessDenied"):
        what = "these credentials may not invoke the SMS dispatcher"
        return problem(what, to_do="Give the role lambda:InvokeFunction on it (README, Rights on AWS).")
    return not_checked(f"AWS did not tell: {code}", to_do="Look at the credentials, the region and the way to AWS.")
