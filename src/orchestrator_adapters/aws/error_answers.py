"""Answers with which AWS says no, in the form that the client library gives them.

``Error`` has code and message, as botocore/parsers.py finds them; what it cannot read is no answer here either.
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from orchestrator_adapters.aws.http_answer import HttpAnswer, UnreadableAnswer

SERVER_ERROR: Final = 500
TYPE_HEADER: Final = "x-amzn-errortype"


class ErrorAnswer(Exception):
    """AWS has answered, and not with what was asked for. Its message may have words of a customer's in it."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        self.response = response
        super().__init__(response["Error"]["Code"])


def told_error(answer: HttpAnswer, *, has_type_header: bool) -> dict[str, Any]:
    """Code and message. ``has_type_header``: the protocol is one with the code in a header.

    Raises:
        UnreadableAnswer: the body is JSON, and not an error's.
    """
    status, text = str(answer.status), answer.body.strip()
    if answer.status >= SERVER_ERROR and (not text or text.startswith(b"<html>")):
        return {"Code": status, "Message": _phrase(answer.status)}
    body = _body(answer.body)
    code = body.get("__type", status)
    code = "" if code is None else code
    if not isinstance(code, str):
        raise UnreadableAnswer("a code that is no text")
    if has_type_header:
        told = answer.headers.get(TYPE_HEADER, body.get("code", body.get("Code")))
        code = code if told is None else told
    return {"Code": _plain(code), "Message": body.get("message", body.get("Message", ""))}


def _body(body: bytes) -> Mapping[str, Any]:
    if not body:
        return {}
    text = body.decode()
    try:
        told = json.loads(text)
    except ValueError:
        return {"message": text}
    if not isinstance(told, dict):
        raise UnreadableAnswer("no object")
    return told


def _plain(code: Any) -> Any:
    """The code without the name space before it and the address behind it."""
    return code.split(":", 1)[0].rsplit("#", 1)[-1] if isinstance(code, str) else code


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
