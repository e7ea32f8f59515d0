"""The exit code of every refusal."""

from collections.abc import Iterator

import pytest

from campaign_orchestrator.command_line.exit_codes import ExitCode, exit_code_of
from orchestrator_domain.errors import OrchestratorError

STABLE = {
    "campaign_not_found": 1,
    "deadline_too_close": 3,
    "dispatch_failed": 1,
    "dispatch_unconfirmed": 4,
    "dispatcher_unavailable": 3,
    "forbidden": 1,
    "idempotency_key_reused": 1,
    "in_progress": 3,
    "invalid_action": 2,
    "invalid_campaign": 1,
    "invalid_request": 2,
    "invalid_state": 1,
    "ledger_unavailable": 3,
    "payload_too_large": 1,
    "pool_halted": 3,
    "request_expired": 1,
    "resource_limit_reached": 3,
    "still_stopping": 3,
    "store_unavailable": 5,
}


def errors_below(cls: type[OrchestratorError]) -> Iterator[type[OrchestratorError]]:
    for child in cls.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from errors_below(child)


def test_every_error_has_the_exit_code_that_scripts_rely_on() -> None:
    found = {
        error.code: int(exit_code_of({"success": False, "errorCode": error.code, "retryable": error.retryable}))
        for error in errors_below(OrchestratorError)
    }
    assert found == STABLE


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"success": True}, ExitCode.DONE),
        ({"success": False, "errorCode": "no_answer", "retryable": True}, ExitCode.NO_ANSWER),
        ({"success": False, "errorCode": "may_have_happened", "retryable": True}, ExitCode.UNCONFIRMED),
        ({"success": False, "errorCode": "gateway_unavailable", "retryable": True}, ExitCode.UNCONFIRMED),
        ({"success": False, "errorCode": "never_heard_of", "retryable": True}, ExitCode.NOT_NOW),
        ({"success": False, "errorCode": "never_heard_of"}, ExitCode.REFUSED),
    ],
)
def test_what_is_no_error_of_the_domain(answer: dict[str, object], code: ExitCode) -> None:
    assert exit_code_of(answer) is code
