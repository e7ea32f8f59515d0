"""Why a TLS connection was not made, as a stable word; the same words for every store."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

NOT_OFFERED: Final = "tls_not_offered"
UNTRUSTED: Final = "certificate_untrusted"
WRONG_HOST: Final = "certificate_wrong_host"
EXPIRED: Final = "certificate_expired"
NOT_YET_VALID: Final = "certificate_not_yet_valid"
REFUSED: Final = "certificate_refused"
NO_ROOTS: Final = "root_certificates_missing"
OTHER: Final = "tls"

BY_VERIFY_CODE: Final[Mapping[int, str]] = MappingProxyType(
    {
        9: NOT_YET_VALID,
        10: EXPIRED,
        18: UNTRUSTED,
        19: UNTRUSTED,
        20: UNTRUSTED,
        21: UNTRUSTED,
        62: WRONG_HOST,
        64: WRONG_HOST,
    }
)
"""OpenSSL's numbers: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""

NO_TLS_AT_THE_OTHER_END: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})


def tls_refusal_of(error: BaseException) -> str | None:
    """The word for the failed handshake that has led to ``error``; None when none has."""
    import ssl  # here, because a connection without TLS does not pay for it

    for cause in causes(error):
        if isinstance(cause, FileNotFoundError):
            return NO_ROOTS
        if isinstance(cause, ssl.SSLCertVerificationError):
            return BY_VERIFY_CODE.get(cause.verify_code, REFUSED)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return NOT_OFFERED if cause.reason in NO_TLS_AT_THE_OTHER_END else OTHER
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """``error``, and what has led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
