"""What each error of botocore and each error code of AWS says about the effect of a call.

The rows are in error_classes.json, and are read when the first call fails: a cold start does not pay for them. They
say one of three things: the request never left, AWS refused it (for now, or for good), or nobody knows. What has no
row is never taken for "not dispatched", unless AWS answered with 4xx.

Of the exceptions, ``may_have_been_sent`` are, or may be, raised after bytes have left. SSLError is raised for a
failed handshake and for a record that breaks in the middle of the answer alike, ProxyConnectionError for a proxy
that cannot be reached and for one that breaks off after it was given the request. ``not_of_our_calls`` are those of
paging, waiting, stubs and S3: should one come all the same, nobody knows what it means.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class ErrorRows:
    """The rows that decide.

    Attributes:
        never_sent: exception classes raised before the first byte of a request leaves, and the word that we show.
        refused_for_now: codes with which AWS refuses what it may take later: too much at once, or not ready yet.
        refused_for_good: codes that a person has to do something about; one without a row, with 4xx, is as these.
        may_have_taken_effect: codes of AWS's own failures. Whatever the status, they prove nothing.
    """

    never_sent: Mapping[str, str]
    refused_for_now: frozenset[str]
    refused_for_good: frozenset[str]
    may_have_taken_effect: frozenset[str]


@cache
def error_rows() -> ErrorRows:
    """The rows of error_classes.json."""
    rows: Any = json.loads(files(__package__).joinpath("error_classes.json").read_text())
    never_sent = {name: word for word, names in rows["exceptions"]["never_sent"].items() for name in names}
    return ErrorRows(
        never_sent=MappingProxyType(never_sent),
        refused_for_now=frozenset(rows["codes"]["refused_for_now"]),
        refused_for_good=frozenset(rows["codes"]["refused_for_good"]),
        may_have_taken_effect=frozenset(rows["codes"]["may_have_taken_effect"]),
    )
