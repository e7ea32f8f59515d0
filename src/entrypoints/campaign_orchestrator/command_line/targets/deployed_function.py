"""The deployed function, invoked directly."""

import os
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from campaign_orchestrator.command_line.failures import AnswerLost, NotAsked
from campaign_orchestrator.command_line.plain_text import plain
from campaign_orchestrator.command_line.targets.target import Target
from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.function_invocation import invoke_and_wait, waiting_client
from orchestrator_domain.ports.dispatcher import Unknown

ADVICE = {
    "ResourceNotFoundException": "there is no such function in this account and region",
    "AccessDeniedException": "these credentials may not invoke it (lambda:InvokeFunction)",
    "no_credentials": "there are no AWS credentials",
    "no_region": "there is no AWS region, or it is none; set AWS_REGION",
}


@define
class DeployedFunction(Target):
    """Asks with the AWS credentials, region and profile of the environment."""

    name: str
    _client: Any = field(default=None, init=False)

    def ask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = invoke_and_wait(self._connected(), self.name, event)
        except Exception as error:
            raise self._failure(error) from None
        if answer.has_failed or not isinstance(answer.payload, dict) or "success" not in answer.payload:
            said = answer.payload.get("errorMessage") if isinstance(answer.payload, dict) else None
            words = f"the function {self.name} has failed: {plain(said) or 'it gave no answer of the orchestrator'}"
            raise AnswerLost(words, cause="function_failed")
        return answer.payload

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _connected(self) -> Any:
        if self._client is None:
            self._client = waiting_client(
                "lambda",
                region=os.environ.get("AWS_REGION") or None,
                endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None,
            )
        return self._client

    def _failure(self, error: Exception) -> NotAsked | AnswerLost:
        failed = failed_call(error)
        why = ADVICE.get(failed.code, failed.code)
        if isinstance(failed.answer, Unknown):
            return AnswerLost(f"the function {self.name} was asked, and no answer came ({why})", cause=failed.code)
        return NotAsked(f"the function {self.name} could not be asked: {why}", cause=failed.code)
