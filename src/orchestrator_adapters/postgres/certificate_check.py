"""Finds out what is wrong with a server's certificate.

libpq says "certificate verify failed" of one that has expired and of one that nobody signed alike, and a person who
has to repair it needs to know which. So once it has said so, the handshake is made again, with the same roots, and
broken off. No credentials are sent.
"""

import socket
import struct
from pathlib import Path
from typing import Final

from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_adapters.tls_refusals import REFUSED, tls_refusal_of

SECONDS: Final = 0.5
"""For each wait: there is a connection already that has failed, and a caller who waits."""

SSL_REQUEST: Final = struct.pack("!ii", 8, 80_877_103)
"""https://www.postgresql.org/docs/current/protocol-message-formats.html"""

SYSTEM: Final = "system"


def certificate_refusal(settings: PostgresSettings) -> str:
    """The word for what is wrong; ``certificate_refused`` where it cannot be found out."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = settings.sslmode == "verify-full"
    try:
        if settings.sslrootcert == SYSTEM:
            context.set_default_verify_paths()
        else:
            context.load_verify_locations(settings.sslrootcert or Path.home() / ".postgresql" / "root.crt")
        with socket.create_connection((settings.host, settings.port), timeout=SECONDS) as connection:
            connection.sendall(SSL_REQUEST)
            if connection.recv(1) == b"S":
                context.wrap_socket(connection, server_hostname=settings.host).close()
    except (OSError, ValueError) as error:
        return tls_refusal_of(error) or REFUSED
    return REFUSED
