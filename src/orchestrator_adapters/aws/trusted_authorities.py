"""The authorities whose certificates AWS's servers may have: those that the client library trusts."""

import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

HOLDERS: Final = ("certifi", "botocore")
"""Whose list is taken, the first that is installed: as botocore/httpsession.py chooses it."""


@cache
def trusting_context(authorities: str | None) -> ssl.SSLContext:
    """What TLS is spoken with: the certificate and its name are checked. Reading the list takes a while, once.

    ``authorities``: the path of a list in place of the usual one.
    """
    context = ssl.create_default_context(cafile=authorities or str(_list_of_authorities()))
    # Python sets it from 3.13 on, the client library does not, and many a company's own authority fails by it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    return context


def _list_of_authorities() -> Path:
    for holder in HOLDERS:
        found = find_spec(holder)  # which does not import it
        if found is not None and found.origin is not None:
            return Path(found.origin).with_name("cacert.pem")
    raise FileNotFoundError("there is no list of authorities")
