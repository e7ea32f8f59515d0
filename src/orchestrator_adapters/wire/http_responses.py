"""Answers as HTTP responses. The body is what a direct event would have been answered."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from orchestrator_adapters.wire.requests import HALT
from orchestrator_adapters.wire.responses import failure_response
from orchestrator_domain import errors
from orchestrator_domain.campaign import Action
from orchestrator_domain.run import RunState

STATUS_OF_CODE: Final[Mapping[str, HTTPStatus]] = MappingProxyType(
    {
        errors.InvalidRequest.code: HTTPStatus.BAD_REQUEST,
        errors.InvalidAction.code: HTTPStatus.BAD_REQUEST,
        errors.Forbidden.code: HTTPStatus.FORBIDDEN,
        # As draft-ietf-httpapi-idempotency-key-header-07, section 2.7, has it.
        errors.IdempotencyKeyReused.code: HTTPStatus.UNPROCESSABLE_ENTITY,
        errors.RequestExpired.code: HTTPStatus.CONFLICT,
        errors.CampaignNotFound.code: HTTPStatus.NOT_FOUND,
        errors.InvalidCampaign.code: HTTPStatus.CONFLICT,
        errors.PayloadTooLarge.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        errors.InvalidState.code: HTTPStatus.CONFLICT,
        errors.ResourceLimitReached.code: HTTPStatus.TOO_MANY_REQUESTS,
        errors.PoolHalted.code: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.StillStopping.code: HTTPStatus.CONFLICT,
        errors.InProgress.code: HTTPStatus.CONFLICT,
        errors.DispatchFailed.code: HTTPStatus.BAD_GATEWAY,
        errors.DispatcherUnavailable.code: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.DispatchUnconfirmed.code: HTTPStatus.ACCEPTED,
        errors.StoreUnavailable.code: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.LedgerUnavailable.code: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.DeadlineTooClose.code: HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""Each error's status. 202: it may have been done, and the same request settles it."""

STANDARD_RETRY_SECONDS: Final = 5
"""Told with a 429 or 503 whose error knows no better time."""

COMING_TO_REST: Final = frozenset({Action.PAUSE.value, Action.STOP.value})


def status_of(answer: Mapping[str, Any]) -> HTTPStatus:
    """The status of a direct event's answer. A pause, stop or halt is 202 while a run has not come to rest."""
    if not answer["success"]:
        return STATUS_OF_CODE[answer["errorCode"]]
    if answer["action"] == HALT and not answer["complete"]:
        return HTTPStatus.ACCEPTED
    if answer.get("runState") == RunState.STOPPING.value and answer["action"] in COMING_TO_REST:
        return HTTPStatus.ACCEPTED
    return HTTPStatus.OK


def http_response(answer: Mapping[str, Any], *, wants_multi_value_headers: bool = False) -> dict[str, Any]:
    """The response that carries a direct event's answer."""
    status = status_of(answer)
    headers: dict[str, str] = {}
    retry_after = answer.get("retryAfterSeconds")
    if retry_after is None and status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        retry_after = STANDARD_RETRY_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return _response(status, headers, answer, wants_multi_value_headers)


def refusal_response(
    *,
    status: int,
    code: str,
    message: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    wants_multi_value_headers: bool = False,
) -> dict[str, Any]:
    """The response to a request that is none of the API's; its body has the fields of every other error."""
    body = failure_response(message=message, errorCode=code, retryable=False, field=field)
    return _response(status, headers or {}, body, wants_multi_value_headers)


def defect_response(answer: Mapping[str, Any], *, wants_multi_value_headers: bool = False) -> dict[str, Any]:
    """The response to a request that has met a defect of ours."""
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, {}, answer, wants_multi_value_headers)


def _response(
    status: int, headers: Mapping[str, str], body: Mapping[str, Any], wants_multi_value_headers: bool
) -> dict[str, Any]:
    told = {"Content-Type": "application/json", "Cache-Control": "no-store", **headers}
    response: dict[str, Any] = {"statusCode": int(status), "isBase64Encoded": False, "body": json.dumps(body)}
    if wants_multi_value_headers:
        response["multiValueHeaders"] = {name: [value] for name, value in told.items()}
    else:
        response["headers"] = told
    return response
