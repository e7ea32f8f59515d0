"""Certificates of a server, right and wrong ones, and the roots that a client trusts."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

DAY = timedelta(days=1)


class Certificates:
    """A client trusts the authority whose certificate is in ``roots``; the server is reached by ``host``."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self._authority, self._host = trustme.CA(), host
        self.roots = folder / "roots.pem"
        self._authority.cert_pem.write_to_path(str(self.roots))

    def right(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert(self._host))

    def of_another_authority(self) -> ssl.SSLContext:
        return _context(trustme.CA().issue_cert(self._host))

    def of_another_host(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert("db.example.org"))

    def of_another_address(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert("192.0.2.1"))

    def expired(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert(self._host, not_after=datetime.now(UTC) - DAY))

    def expired_and_of_another_host(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert("db.example.org", not_after=datetime.now(UTC) - DAY))

    def not_yet_valid(self) -> ssl.SSLContext:
        return _context(self._authority.issue_cert(self._host, not_before=datetime.now(UTC) + DAY))

    def wrong(self) -> dict[str, ssl.SSLContext]:
        """Each wrong certificate, under the word that a client is to have for it."""
        return {
            "certificate_untrusted": self.of_another_authority(),
            "certificate_wrong_host": self.of_another_host(),
            "certificate_expired": self.expired(),
            "certificate_not_yet_valid": self.not_yet_valid(),
        }


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
