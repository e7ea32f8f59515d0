"""Answers what AWS's clients ask on a start, a pause and a stop, at once and always the same.

    python -m benchmarks.measuring.aws_answers

LocalStack needs tens of milliseconds for a call, which would hide what is measured. This one parses no more than
HTTP asks for, in a process of its own, and prints the port that it listens on.
"""

import json
import re
import socket
import threading
import time

ARN = "arn:aws:states:eu-central-1:000000000000:execution:voice:name"
JSON_ANSWERS = {
    b"StartExecution": {"executionArn": ARN, "startDate": 1.0},
    b"StopExecution": {"stopDate": 1.0},
    b"DescribeStateMachine": {"type": "STANDARD", "status": "ACTIVE"},
    b"PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
}
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nx-amz-target: *\w+\.(\w+)", re.IGNORECASE)


def answer_of(head: bytes) -> bytes:
    """The whole answer to a request with this head."""
    target = TARGET.search(head)
    if target is None:  # Lambda's Invoke of the kind Event
        return b"HTTP/1.1 202 Accepted\r\nx-amzn-RequestId: 00000000-0000\r\ncontent-length: 0\r\n\r\n"
    body = json.dumps(JSON_ANSWERS[target[1]]).encode()
    return (
        b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\ncontent-type: application/x-amz-json-1.0\r\n"
        b"content-length: %d\r\n\r\n%s" % (len(body), body)
    )


def serve(connection: socket.socket) -> None:
    """Answer one request after the other, until the client has gone."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    while True:
        while b"\r\n\r\n" not in held:
            came = connection.recv(65_536)
            if not came:
                return
            held += came
        head, _, held = held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if b"100-continue" in head.lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(held) < (wanted := int(length[1]) if length else 0):
            held += connection.recv(65_536)
        held = held[wanted:]
        connection.sendall(answer_of(head))


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        time.sleep(0)
