"""Every error that the client library or a service can raise has a row, and each row its answer (T9)."""

import json
from importlib.resources import files
from typing import Any

import botocore.exceptions
import botocore.session
import pytest

from orchestrator_adapters.aws import never_sent
from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.error_classes import error_rows
from orchestrator_domain.ports.dispatcher import NoEffect, Refused, Unknown

ROWS: dict[str, Any] = json.loads(files("orchestrator_adapters.aws").joinpath("error_classes.json").read_text())
OPERATIONS = {
    "stepfunctions": (
        "StartExecution", "StopExecution", "DescribeExecution", "ListExecutions", "DescribeStateMachine",
    ),
    "lambda": ("Invoke",),
    "events": ("PutEvents",),
}  # fmt: skip
LISTED = {
    *(name for names in ROWS["exceptions"]["never_sent"].values() for name in names),
    *ROWS["exceptions"]["may_have_been_sent"],
    *ROWS["exceptions"]["not_of_our_calls"],
}


def library_errors() -> dict[str, type[Exception]]:
    found = vars(botocore.exceptions).items()
    return {name: cls for name, cls in found if isinstance(cls, type) and issubclass(cls, Exception)}


def raised(cls: type[Exception]) -> Exception:
    """An instance, without the arguments that the class wants."""
    return cls.__new__(cls)


def codes() -> dict[str, int]:
    """Each modelled error code of our operations, and the status with which it comes."""
    session, found = botocore.session.Session(), {}
    for service, operations in OPERATIONS.items():
        model = session.get_service_model(service)
        for operation in operations:
            for shape in model.operation_model(operation).error_shapes:
                told = shape.metadata.get("error") or {}
                found[told.get("code") or shape.name] = told.get("httpStatusCode", 400)
    return found


def answered(code: str, status: int) -> object:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return failed_call(botocore.exceptions.ClientError(response, "Operation")).answer


def test_every_error_of_the_client_library_has_a_row() -> None:
    ours = {"ClientNotMade", *(name for name, cls in vars(never_sent).items() if isinstance(cls, type))}
    older_or_newer = LISTED - set(library_errors()) - ours
    assert set(library_errors()) - LISTED == set()
    assert older_or_newer == set(), "a row for what the library does not have"


@pytest.mark.parametrize("name", sorted(library_errors()))
def test_only_what_was_never_sent_has_no_effect(name: str) -> None:
    answer = failed_call(raised(library_errors()[name])).answer
    assert isinstance(answer, NoEffect if name in error_rows().never_sent else Unknown)


def test_every_modelled_code_has_a_row() -> None:
    rows = {code for codes in ROWS["codes"].values() for code in codes}
    of_the_publisher_alone = {"InternalException"}
    assert set(codes()) - rows - of_the_publisher_alone == set()


@pytest.mark.parametrize(("code", "status"), sorted(codes().items()))
def test_a_modelled_code_is_what_its_row_says(code: str, status: int) -> None:
    answer = answered(code, status)
    if code in ROWS["codes"]["may_have_taken_effect"] or status >= 500:
        assert answer == Unknown(cause=code)
    else:
        assert answer == Refused(cause=code, transient=code in ROWS["codes"]["refused_for_now"])


def test_no_code_has_two_rows() -> None:
    everything = [code for codes in ROWS["codes"].values() for code in codes]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("code", ROWS["codes"]["refused_for_now"])
def test_a_5xx_is_unknown_whatever_its_code_says(code: str) -> None:
    assert answered(code, 503) == Unknown(cause=code)


def test_a_code_that_nobody_knows_is_refused_for_good_below_500_and_unknown_above() -> None:
    assert answered("SomethingNew", 400) == Refused(cause="SomethingNew", transient=False)
    assert answered("SomethingNew", 500) == Unknown(cause="SomethingNew")
