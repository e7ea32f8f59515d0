"""What each error of botocore and each error code of AWS says about the effect of a call.

The rows are in error_classes.json. Three things can be said: the request never left, AWS refused it (for now, or
for good), or nobody knows. What has no row is never taken for "not dispatched", unless AWS answered with 4xx.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

_ROWS: Final[Any] = json.loads(files(__package__).joinpath("error_classes.json").read_text())

NEVER_SENT: Final[Mapping[str, str]] = MappingProxyType(
    {name: word for word, names in _ROWS["exceptions"]["never_sent"].items() for name in names}
)
"""Exception classes that are raised before the first byte of a request leaves, and the word that we show."""

MAY_HAVE_BEEN_SENT: Final[frozenset[str]] = frozenset(_ROWS["exceptions"]["may_have_been_sent"])
"""Exception classes that are, or may be, raised after bytes have left.

SSLError is raised for a failed handshake and for a record that breaks in the middle of the answer alike.
ProxyConnectionError is raised for a proxy that cannot be reached, and for one that breaks off after it was given
the request.
"""

NOT_OF_OUR_CALLS: Final[frozenset[str]] = frozenset(_ROWS["exceptions"]["not_of_our_calls"])
"""Classes of paging, waiting, stubs and S3. Should one come all the same, nobody knows what it means."""

REFUSED_FOR_NOW: Final[frozenset[str]] = frozenset(_ROWS["codes"]["refused_for_now"])
"""Codes with which AWS refuses what it may take later: too much at once, or a function that is not ready yet."""

REFUSED_FOR_GOOD: Final[frozenset[str]] = frozenset(_ROWS["codes"]["refused_for_good"])
"""Codes that a person has to do something about. A code without a row, with 4xx, is treated alike."""

MAY_HAVE_TAKEN_EFFECT: Final[frozenset[str]] = frozenset(_ROWS["codes"]["may_have_taken_effect"])
"""Codes of AWS's own failures (5xx in its service models). Whatever the status, they prove nothing."""
