"""What comes over a connection is read as one answer, whole, or not at all."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_adapters.aws import http_answer
from orchestrator_adapters.aws.http_answer import HttpAnswer, UnreadableAnswer, read_answer

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\nTrailer: x\r\n\r\n"


def read(*pieces: bytes) -> HttpAnswer:
    left = iter(pieces)
    return read_answer(lambda: next(left, b""))


def cut(text: bytes, size: int) -> Iterable[bytes]:
    return [text[place : place + size] for place in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("text", [PLAIN, CHUNKED])
def test_an_answer_is_read_in_whatever_pieces_it_comes(text: bytes, size: int) -> None:
    answer = read(*cut(text, size))
    assert (answer.status, answer.body, answer.keeps_connection) == (200, b"body", True)


@pytest.mark.parametrize("text", [PLAIN, CHUNKED])
def test_an_answer_that_breaks_off_anywhere_is_none(text: bytes) -> None:
    for length in range(len(text)):
        with pytest.raises(UnreadableAnswer):
            read(text[:length])


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\n\r\nto the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 4\r\n\r\nbody",
        PLAIN + b"more than was told",
    ],
)
def test_a_connection_that_may_be_out_of_step_is_not_kept(text: bytes) -> None:
    assert not read(text).keeps_connection


def test_an_answer_that_is_still_to_come_is_waited_for() -> None:
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", PLAIN).body == b"body"


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(status: int) -> None:
    answer = read(b"HTTP/1.1 %d X\r\nContent-Length: 4\r\n\r\n" % status)
    assert (answer.body, answer.keeps_connection) == (b"", True)


def test_names_of_headers_are_lowered_and_their_values_bared() -> None:
    answer = read(b"HTTP/1.1 200\r\nX-Amzn-RequestId: \t one \r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n")
    assert answer.headers == {"x-amzn-requestid": "one", "a": "1, 2", "content-length": "0"}


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/2 200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 099 X", b"hello", b"", b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 200 OK\r\nno colon", b"HTTP/1.1 200 OK\r\n folded: x", b"HTTP/1.1 200 OK\r\nname : x",
        b"HTTP/1.1 200 OK\r\n: x", b"HTTP/1.1 200 OK\r\nContent-Length: -1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2", b"HTTP/1.1 200 OK\r\nContent-Length: \xb2",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_answer_is_none(head: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read(head + b"\r\n\r\n")


@pytest.mark.parametrize(
    "begin",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: ",
    ],
)
def test_no_answer_fills_the_memory(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answer, "MOST_BYTES", 100_000)
    came = count()

    def receive() -> bytes:
        return b"400\r\n" + b"x" * 1024 + b"\r\n" if next(came) else begin

    with pytest.raises(UnreadableAnswer):
        read_answer(receive)
    assert next(came) < 200


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=6))
def test_nothing_that_comes_is_anything_but_an_answer_or_none(pieces: list[bytes]) -> None:
    for begin in ([], [b"HTTP/1.1 200 OK\r\n"], [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]):
        try:
            read(*begin, *pieces)
        except UnreadableAnswer:
            continue


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_an_answer_over_a_real_socket_is_read_to_its_end_and_no_further() -> None:
    with connected() as (ours, theirs):

        def send() -> None:
            for piece in cut(CHUNKED, 5):
                theirs.sendall(piece)

        sender = threading.Thread(target=send)
        sender.start()
        assert read_answer(lambda: ours.recv(3)).body == b"body"
        sender.join()
