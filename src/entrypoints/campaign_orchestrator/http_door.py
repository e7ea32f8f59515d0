"""Answers HTTP requests: each asks for what a direct request could ask for, and is answered alike."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from campaign_orchestrator.direct_requests import DirectRequests, refused
from orchestrator_adapters.wire.http_callers import ClaimNames
from orchestrator_adapters.wire.http_requests import (
    MOST_BODY_BYTES,
    BodyTooLarge,
    HttpRequest,
    http_request,
    wants_multi_value_headers,
)
from orchestrator_adapters.wire.http_responses import http_response, refusal_response
from orchestrator_adapters.wire.http_routes import CAMPAIGN, HttpRefusal, HttpRoute, direct_event, route_of
from orchestrator_domain.authorization import Authorization, Caller
from orchestrator_domain.errors import Forbidden, InvalidRequest
from orchestrator_domain.ports.deadline import Deadline

SOURCE: Final = "http"
TOO_LARGE: Final = "payload_too_large"


@frozen(kw_only=True, eq=False, repr=False)
class HttpDoor:
    """Turns HTTP requests into direct requests, and their answers into responses. ``deploy/openapi.yaml`` is the
    contract."""

    requests: DirectRequests
    authorization: Authorization
    claim_names: ClaimNames

    def answer(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """The response, in the form that the gateway reads."""
        wants_several = wants_multi_value_headers(event)
        try:
            request = http_request(event, self.claim_names)
            route = route_of(request)
            forbidden = self._forbidden(request, route)
            if forbidden is not None:
                self._note(forbidden, request_id, caller=reference_of(request.caller))
                return http_response(forbidden, wants_multi_value_headers=wants_several)
            asked = direct_event(request, route)
        except InvalidRequest as invalid:
            answer = refused(invalid, {})
            self._note(answer, request_id)
            return http_response(answer, wants_multi_value_headers=wants_several)
        except BodyTooLarge:
            self._note({"success": False, "errorCode": TOO_LARGE, "field": "body"}, request_id)
            return refusal_response(
                status=413,
                code=TOO_LARGE,
                message=f"a body may have {MOST_BODY_BYTES} bytes",
                field="body",
                wants_multi_value_headers=wants_several,
            )
        except HttpRefusal as refusal:
            self._note({"success": False, "errorCode": refusal.code, "field": refusal.field}, request_id)
            return refusal_response(
                status=refusal.status,
                code=refusal.code,
                message=refusal.message,
                field=refusal.field,
                headers=refusal.headers,
                wants_multi_value_headers=wants_several,
            )
        answer = self.requests.answer(asked, request_id=request_id, deadline=deadline, source=SOURCE)
        return http_response(answer, wants_multi_value_headers=wants_several)

    def _forbidden(self, request: HttpRequest, route: HttpRoute) -> dict[str, Any] | None:
        """The refusal of a caller who may not do this. Nothing of the query or body is looked at before."""
        try:
            self.authorization.require(route.authorized_as, request.caller)
        except Forbidden as forbidden:
            return refused(forbidden, _subject(request, route))
        return None

    def _note(self, answer: Mapping[str, Any], request_id: str, **more: object) -> None:
        """Note what has not come to be a request."""
        self.requests.log.note(answer, request_id=request_id, source=SOURCE, milliseconds=0.0, **more)


def reference_of(caller: Caller) -> str | None:
    """Tells callers apart in the log without naming them: a name may be a telephone number or an address."""
    return None if caller.name is None else hashlib.sha256(caller.name.encode()).hexdigest()[:16]


def _subject(request: HttpRequest, route: HttpRoute) -> dict[str, Any]:
    """What was not allowed, for the answer and the log."""
    named = CAMPAIGN in route.segments
    campaign = {"campaignId": request.segments[route.segments.index(CAMPAIGN)]} if named else {}
    return {"action": route.action, **campaign}
