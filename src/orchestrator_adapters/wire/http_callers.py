"""Who has sent an HTTP request: what the gateway's authorizer tells, nothing that the caller could have written.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from orchestrator_domain.authorization import Caller

OF_AWS_SIGNATURES: Final = "iam"
SEPARATORS: Final = re.compile(r"[\s,]+")
LONGEST_NAME: Final = 256
SESSION_OF_A_ROLE: Final = re.compile(r"(arn:aws[a-z-]*:sts::\d{12}:assumed-role/[^/]+)/[^/]+")
NOTHING: Final[Mapping[str, Any]] = {}


@frozen(kw_only=True)
class ClaimNames:
    """Which claims tell a caller's roles and its name."""

    roles: str = "cognito:groups"
    actor: str = "sub"


def caller_of(context: Mapping[str, Any], names: ClaimNames) -> Caller:
    """The caller in an event's ``requestContext``: claims of Cognito or a JWT, what a Lambda authorizer has
    returned, or else the ARN of whoever has signed the request, which is a role's name then."""
    authorizer = _mapping(context.get("authorizer"))
    if any(value is not None for kind, value in authorizer.items() if kind != OF_AWS_SIGNATURES):
        claims = _claims(authorizer)
        told = claims.get(names.actor) or claims.get("principalId")
        return Caller(name=_name(told), role_names=_role_names(claims.get(names.roles)), is_claimed=True)
    signer = _mapping(authorizer.get(OF_AWS_SIGNATURES)) or _mapping(context.get("identity"))
    arn = signer.get("userArn")
    return Caller(name=_name(arn), role_names=_without_session(arn) if isinstance(arn, str) else frozenset())


def _claims(authorizer: Mapping[str, Any]) -> Mapping[str, Any]:
    """HTTP APIs put them below ``jwt`` or ``lambda``, REST APIs below ``claims`` (Cognito) or nothing (Lambda)."""
    jwt = authorizer.get("jwt")
    if isinstance(jwt, Mapping):
        return _mapping(jwt.get("claims"))
    for kind in ("claims", "lambda"):
        if isinstance(found := authorizer.get(kind), Mapping):
            return found
    return authorizer


def _role_names(claim: object) -> frozenset[str]:
    """The names in a list, in JSON of one, in a list whose brackets are all that the gateway has left of it
    (``[a b]``), or separated by commas or white space."""
    if isinstance(claim, str):
        text = claim.strip()
        if not (text.startswith("[") and text.endswith("]")):
            return frozenset(SEPARATORS.split(text)) - {""}
        try:
            claim = json.loads(text)
        except (ValueError, RecursionError):
            return frozenset(SEPARATORS.split(text[1:-1])) - {""}
    return frozenset(one for one in claim if isinstance(one, str)) if isinstance(claim, list) else frozenset()


def _without_session(arn: str) -> frozenset[str]:
    """Whoever assumes a role chooses the session's name, so it says nothing of what may be done."""
    session = SESSION_OF_A_ROLE.fullmatch(arn)
    return frozenset({session[1] if session else arn})


def _name(told: object) -> str | None:
    """As it may stand in the audit trail: what is not printable escaped, and no longer than LONGEST_NAME."""
    if not isinstance(told, str) or not told.strip():
        return None
    shown = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in told[: LONGEST_NAME + 1]
    )
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
