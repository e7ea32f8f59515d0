"""What the tests' campaigns, contacts, stores and settings hold, and what no line of a log may show."""

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from campaign_orchestrator.local import postgres_server, valkey_server

CONFIG_CANARY: Final = "canary-of-the-config"
"""A value that fixtures put into the configs of their campaigns."""
PASSWORDS: Final = (postgres_server.PASSWORD, valkey_server.PASSWORD, "very-secret-key", "very-wrong", "hunter2")
LONGEST_SHOWN: Final = 200

PLANTED: Final = {
    "a telephone number": re.compile(r"(?<!\d)1555\d{7}(?!\d)"),
    "a message's text": re.compile(r"Good day|Thank you, |Your code is 4711"),
    "a contact's variable": re.compile(r"\bneighbour\b"),
    "a campaign's config": re.compile(re.escape(CONFIG_CANARY)),
    "a password": re.compile("|".join(re.escape(one) for one in sorted(set(PASSWORDS)))),
    "a password in an address": re.compile(r"\b(?:postgres(?:ql)?|rediss?)://[^/\s:@]*:[^/\s@*]+@"),
}


@frozen(kw_only=True)
class Leak:
    """A line of a log that shows what none may."""

    where: str
    what: str
    line: str

    def __str__(self) -> str:
        return f"{self.what} in {self.where}: {self.line}"


def leaks_in(where: str, text: str) -> Iterator[Leak]:
    """Every line of ``text`` that shows a canary, once for each canary."""
    for what, pattern in PLANTED.items():
        shown: set[str] = set()
        for found in pattern.finditer(text):
            begin, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
            line = text[max(begin, found.start() - LONGEST_SHOWN // 2) : end if end >= 0 else None][:LONGEST_SHOWN]
            if line not in shown:
                shown.add(line)
                yield Leak(where=where, what=what, line=line)
