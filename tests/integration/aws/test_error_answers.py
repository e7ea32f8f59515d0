"""Code and message of an error are those that the client library reads in the same answer."""

import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_adapters.aws.error_answers import ErrorAnswer, told_error
from orchestrator_adapters.aws.http_answer import HttpAnswer

CODES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["a#b:c", "com.aws.states#Code", "Code:http://docs/", "a:b#c", "x##y", "", "#", ":"]),
)
VALUES = st.one_of(CODES, st.none(), st.integers(), st.booleans())
OBJECTS = st.dictionaries(st.sampled_from(["__type", "code", "Code", "message", "Message", "other"]), VALUES)
BODIES = st.one_of(
    OBJECTS.map(lambda told: json.dumps(told).encode()),
    st.sampled_from([b"", b"  ", b"<html>oops</html>", b"\n<html>", b"oops", b"[]", b"null", b'"text"', b"\xff"]),
    st.binary(max_size=8),
)
STATUSES = st.sampled_from([301, 302, 400, 403, 404, 408, 413, 429, 500, 502, 503, 599])
HEADERS: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}), CODES.map(lambda code: {"x-amzn-errortype": code})
)


@given(status=STATUSES, body=BODIES, headers=HEADERS, protocol=st.sampled_from(["json", "rest-json"]))
def test_an_error_is_what_the_client_library_reads_in_it(
    status: int, body: bytes, headers: dict[str, str], protocol: str
) -> None:
    wanted: Any
    parser: Any = create_parser(protocol)
    try:
        parsed = parser.parse({"status_code": status, "headers": headers, "body": body}, None)
        wanted = {name: parsed["Error"][name] for name in ("Code", "Message")}
    except Exception:
        wanted = "nothing"
    answer = HttpAnswer(status=status, headers=headers, body=body, keeps_connection=True)
    told: Any
    try:
        told = told_error(answer, has_type_header=protocol == "rest-json")
    except Exception:
        told = "nothing"
    assert told == wanted


def test_the_words_of_the_service_are_in_no_log() -> None:
    error = ErrorAnswer({"Error": {"Code": "SomeCode", "Message": "very-secret"}, "ResponseMetadata": {}})
    assert (str(error), "secret" in repr(error)) == ("SomeCode", False)
    with pytest.raises(ErrorAnswer, match="SomeCode"):
        raise error
