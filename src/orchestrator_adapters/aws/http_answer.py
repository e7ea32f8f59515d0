"""Reads one answer of HTTP/1.1 from a connection, strictly: what is not plainly an answer is none.

The standard library reads heads with its parser of e-mail, which takes longer than all the rest of a call.
https://www.rfc-editor.org/rfc/rfc9112
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from attrs import define, field

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of an answer's body; the largest that is asked for, a thousand executions, has half a megabyte."""
MOST_BYTES_OF_HEAD: Final = 65_536
MOST_BYTES_OF_LINE: Final = 1024
STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?")
NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LENGTH: Final = re.compile(r"[0-9]{1,10}")
CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")
HAS_NO_BODY: Final = (204, 304)
SWITCHING_PROTOCOLS: Final = 101
FIRST_FINAL_STATUS: Final = 200


class UnreadableAnswer(Exception):
    """What came is no whole answer."""


@define(kw_only=True)
class HttpAnswer:
    """``headers``: by their names in lower case. ``keeps_connection``: it may be used for another request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    keeps_connection: bool


@define(eq=False, repr=False)
class _Incoming:
    """What has come and has not been read yet."""

    receive: Callable[[], bytes]
    held: bytearray = field(factory=bytearray)

    def until(self, mark: bytes, most: int) -> bytes:
        """What comes before ``mark``, which is passed over."""
        looked_at = 0
        while (end := self.held.find(mark, looked_at)) < 0:
            looked_at = max(0, len(self.held) - len(mark) + 1)
            if len(self.held) > most:
                raise UnreadableAnswer("too long")
            if not self._has_more():
                raise UnreadableAnswer("broken off")
        taken = bytes(self.held[:end])
        del self.held[: end + len(mark)]
        return taken

    def exactly(self, count: int) -> bytes:
        if count > MOST_BYTES:
            raise UnreadableAnswer("too long")
        while len(self.held) < count:
            if not self._has_more():
                raise UnreadableAnswer("broken off")
        taken = bytes(self.held[:count])
        del self.held[:count]
        return taken

    def to_the_end(self) -> bytes:
        while self._has_more():
            if len(self.held) > MOST_BYTES:
                raise UnreadableAnswer("too long")
        return bytes(self.held)

    def _has_more(self) -> bool:
        came = self.receive()
        self.held += came
        return bool(came)


def read_answer(receive: Callable[[], bytes]) -> HttpAnswer:
    """The answer that comes from ``receive``, which gives some bytes, and none at the end of the connection.

    Raises:
        UnreadableAnswer: it breaks off, is too long, or is none.
    """
    incoming = _Incoming(receive)
    status, minor, headers = _head(incoming.until(b"\r\n\r\n", MOST_BYTES_OF_HEAD))
    while status < FIRST_FINAL_STATUS:  # "continue" and the like: the answer is still to come
        if status == SWITCHING_PROTOCOLS:
            raise UnreadableAnswer("another protocol")
        status, minor, headers = _head(incoming.until(b"\r\n\r\n", MOST_BYTES_OF_HEAD))
    body, is_delimited = _body(incoming, status, headers)
    options = headers.get("connection", "").lower()
    keeps = is_delimited and not incoming.held and minor == "1" and "close" not in options
    return HttpAnswer(status=status, headers=headers, body=body, keeps_connection=keeps)


def _head(head: bytes) -> tuple[int, str, Mapping[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    matched = STATUS_LINE.fullmatch(first)
    if matched is None:
        raise UnreadableAnswer("no status line")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not NAME.fullmatch(name):
            raise UnreadableAnswer("no header")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return int(matched[2]), matched[1], headers


def _body(incoming: _Incoming, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """The body, and whether its end was told by anything but the connection's."""
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if status in HAS_NO_BODY:
        return b"", True
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise UnreadableAnswer("unclear length")
        return _chunks(incoming), True
    if length is None:
        return incoming.to_the_end(), False
    if not LENGTH.fullmatch(length):
        raise UnreadableAnswer("unclear length")
    return incoming.exactly(int(length)), True


def _chunks(incoming: _Incoming) -> bytes:
    body = bytearray()
    while True:
        matched = CHUNK.fullmatch(incoming.until(b"\r\n", MOST_BYTES_OF_LINE))
        if matched is None:
            raise UnreadableAnswer("no chunk")
        size = int(matched[1], 16)
        if size == 0:
            break
        body += incoming.exactly(size)
        if incoming.exactly(2) != b"\r\n" or len(body) > MOST_BYTES:
            raise UnreadableAnswer("no chunk")
    while incoming.until(b"\r\n", MOST_BYTES_OF_HEAD):
        """Fields behind the body say nothing that is needed."""
    return bytes(body)
