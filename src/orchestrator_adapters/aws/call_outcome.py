"""What a failed call to AWS may have done: nothing, nothing for sure because it was refused, or nobody knows."""

from collections.abc import Iterator, Mapping
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

from attrs import frozen

from orchestrator_adapters.aws.error_classes import error_rows
from orchestrator_adapters.aws.plain_codes import plain_code
from orchestrator_domain.ports.dispatcher import NoEffect, Refused, Unknown

CLIENT_ERROR: Final = 400
SERVER_ERROR: Final = 500
BEFORE_THE_REQUEST: Final = frozenset({"do_handshake", "_match_hostname"})
"""Functions of the standard library and of urllib3 that have returned before a request is sent."""
FOR_NOW: Final = (408, 429)
"""The request did not arrive whole, too many requests."""


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
    never_sent = error_rows().never_sent
    for cls in type(error).__mro__:
        if cls.__name__ in never_sent:
            return _never_sent(never_sent[cls.__name__])
    if _failed_in_the_handshake(error):
        return _never_sent("tls")
    return FailedCall("no_answer", Unknown(cause="no_answer"))


def _never_sent(word: str) -> FailedCall:
    return FailedCall(word, NoEffect(cause=word))


def _answered(response: Mapping[str, Any]) -> FailedCall:
    code = plain_code(response["Error"].get("Code")) or "UnknownError"
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or SERVER_ERROR)
    rows = error_rows()
    # The status comes first: a 5xx proves nothing, also when its code speaks of throttling. And what is neither
    # 4xx nor 5xx (a redirect) was not said by the service.
    if not CLIENT_ERROR <= status < SERVER_ERROR or code in rows.may_have_taken_effect:
        return FailedCall(code, Unknown(cause=code))
    for_now = code in rows.refused_for_now or (code not in rows.refused_for_good and status in FOR_NOW)
    return FailedCall(code, Refused(cause=code, transient=for_now))


def _failed_in_the_handshake(error: Exception) -> bool:
    """Whether TLS failed before there was a connection.

    The client library has one class for this and for a record that breaks after the request was sent, so the frames
    in which it was raised tell them apart; where they are not found, it is not claimed. What was being handled when
    the call was made is a context of its errors too, and says nothing of it: such an error was raised elsewhere.
    """
    frames_of_the_call: set[FrameType] = set()
    for cause in _causes(error):
        frames = [frame for frame, _ in walk_tb(cause.__traceback__)]
        if cause is not error and frames and frames[0] not in frames_of_the_call:
            return False
        if any(frame.f_code.co_name in BEFORE_THE_REQUEST for frame in frames):
            return True
        frames_of_the_call.update(frames)
    return False


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
