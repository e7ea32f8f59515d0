"""All checks, one after the other."""

from collections.abc import Iterator, Sequence

from campaign_orchestrator.doctor.check import Check
from campaign_orchestrator.doctor.finding import Finding, Verdict, not_checked, problem
from orchestrator_adapters.aws.account_facts import AwsCallFailed
from orchestrator_domain.errors import OrchestratorError


def examine(checks: Sequence[Check]) -> Iterator[tuple[Check, Finding]]:
    """Each check with what it finds. One whose need has a problem is not made: it could only repeat it."""
    unusable: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in unusable]
        finding = not_checked(f"needs {', '.join(missing)}") if missing else _looked(check)
        if finding.verdict in (Verdict.PROBLEM, Verdict.NOT_CHECKED):
            unusable.add(check.name)
        yield check, finding


def _looked(check: Check) -> Finding:
    try:
        return check.look()
    except OrchestratorError as error:
        return problem(error.message, to_do="Look at the server and the network; then ask again.")
    except AwsCallFailed as failed:
        return not_checked(f"AWS did not tell: {failed.code}", to_do="Look at the credentials and their rights.")
