"""Ports of the loopback interface that a server may take."""

import contextlib
import secrets
import socket

# Below the ports from which connections go out (32768 and above on Linux, 49152 on macOS). There a connection of
# somebody else could take a server's port before the server does, or while it restarts; and a client that looks
# for a server that is away can even be connected with itself.
FIRST, LAST = 12_000, 21_999


def free_port(*, and_above: int = 0) -> int:
    """A port that nobody listens on at the moment, nor on the port ``and_above`` it.

    Raises:
        RuntimeError: none of many tried is free.
    """
    for _ in range(LAST - FIRST):
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        if _is_free(port) and _is_free(port + and_above):
            return port
    raise RuntimeError(f"no port between {FIRST} and {LAST} is free")


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return True
    return False
