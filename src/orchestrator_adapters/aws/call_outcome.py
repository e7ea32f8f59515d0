"""What a failed call to AWS may have done: nothing, nothing for sure because it was refused, or nobody knows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from orchestrator_domain.ports.dispatcher import NoEffect, Refused, Unknown

SERVER_ERROR: Final = 500

NEVER_SENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "EndpointConnectionError": "no_connection",
        "ConnectTimeoutError": "connect_timeout",
        "ProxyConnectionError": "no_connection",
        "SSLError": "tls",
        "NoCredentialsError": "no_credentials",
        "PartialCredentialsError": "no_credentials",
        "CredentialRetrievalError": "no_credentials",
        "TokenRetrievalError": "no_credentials",
        "NoRegionError": "no_region",
        "ParamValidationError": "invalid_parameters",
        "InvalidRegionError": "no_region",
        "EndpointResolutionError": "no_endpoint",
        "UnknownEndpointError": "no_endpoint",
    }
)
"""Errors of botocore that are raised before the first byte of the request leaves."""

REFUSED_FOR_NOW: Final = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ExecutionLimitExceeded",
        "ServiceQuotaExceededException",
        "KmsThrottlingException",
        "KMSThrottlingException",
        "SlowDown",
        "PriorRequestNotComplete",
    }
)
"""Codes with which AWS refuses what it may take later. Every other answer below 500 refuses for good."""


@frozen
class FailedCall:
    """A call that has raised: AWS's code where it answered, and which class the failure is of."""

    code: str
    answer: NoEffect | Refused | Unknown


def failed_call(error: Exception) -> FailedCall:
    """Classify what a client of botocore has raised.

    An answer of 500 and above, a broken connection and silence may all come after the effect: they are Unknown.
    """
    response: Any = getattr(error, "response", None)
    if isinstance(response, Mapping) and "Error" in response:
        return _answered(response)
    for cls in type(error).__mro__:
        if cls.__name__ in NEVER_SENT:
            word = NEVER_SENT[cls.__name__]
            return FailedCall(word, NoEffect(cause=word))
    return FailedCall("no_answer", Unknown(cause="no_answer"))


def _answered(response: Mapping[str, Any]) -> FailedCall:
    code = _plain(str(response["Error"].get("Code") or "UnknownError"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or SERVER_ERROR)
    if code in REFUSED_FOR_NOW:
        return FailedCall(code, Refused(cause=code, transient=True))
    if status >= SERVER_ERROR:
        return FailedCall(code, Unknown(cause=code))
    return FailedCall(code, Refused(cause=code, transient=False))


def _plain(code: str) -> str:
    """The code without what cannot be in one: it is shown and logged."""
    return "".join(character for character in code if character.isalnum() or character in "._-")[:80]
