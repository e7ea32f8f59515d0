"""A run whose logs show a canary fails, and tells where."""

import logging
import sys

import pytest

from serving import functions
from watching.canaries import CONFIG_CANARY, PASSWORDS, PLANTED, leaks_in
from watching.log_watch import LogWatch
from watching.server_logs import MEANT_TO_SHOW, look_at_functions

pytest_plugins = ["pytester"]

CONFTEST = """
import sys

sys.path[:0] = {path}

def pytest_configure(config):
    from watching.log_watch import LogWatch

    config.pluginmanager.register(LogWatch(config), "log-watch")
"""
HARMLESS = """
import json
import logging

def test_that_passes():
    logging.getLogger("orchestrator_adapters.redis").info("asked %s", "nobody")
    print(json.dumps({"message": "decision"}))
"""
LEAKING = """
import logging
import os

def test_that_passes_too():
    logging.getLogger("quiet").info("told %s", "+1555" + "0000001")
    try:
        raise ValueError("Good" + " day")
    except ValueError:
        logging.getLogger("broken").exception("it failed")
    print("canary-of" + "-the-config")
    os.write(2, b"local" + b"-only")
"""
FOUND = [
    "LEAKED a telephone number in a record of the logger quiet: told *",
    "LEAKED a message's text in a record of the logger broken: ValueError: *",
    "LEAKED a campaign's config in Captured stdout call of test_leaking.py::test_that_passes_too: *",
    "LEAKED a password in Captured stderr call of test_leaking.py::test_that_passes_too: *",
]


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "--numprocesses", "2", "--dist", "loadfile")])
def test_a_run_fails_when_a_log_shows_a_canary_though_every_test_passes(
    pytester: pytest.Pytester,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    workers: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST.format(path=[entry for entry in sys.path if entry]))
    pytester.makepyfile(test_harmless=HARMLESS, test_leaking=LEAKING)
    result = pytester.runpytest_subprocess(*workers)
    capsys.readouterr()  # what it has found must not be found again
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    for line in FOUND:
        result.stdout.fnmatch_lines([line])


def test_a_run_without_a_leak_tells_what_was_looked_at(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST.format(path=[]))
    pytester.makepyfile(test_harmless=HARMLESS)
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["0 leaks in the lines of all logs (1 of log records, * of output of tests)"])


SHOWN = {
    "a telephone number": ["+15550000001", "%2B15550107788", '"to": "15550010000"'],
    "a message's text": ["Good day, Ada"],
    "a contact's variable": ['{"name": "neighbour"}'],
    "a campaign's config": [CONFIG_CANARY],
    "a password": list(PASSWORDS),
    "a password in an address": ["postgresql://u:x@h/d", "rediss://:x@h:1/0", "redis://u:x@h"],
}


def test_every_canary_is_known_in_the_middle_of_a_line() -> None:
    assert set(SHOWN) == set(PLANTED)
    for what, values in SHOWN.items():
        for value in values:
            found = list(leaks_in("a log", f'{{"before": 1}}\n{{"text": "{value}"}}\nafter'))
            assert what in {leak.what for leak in found}, value
            assert all("\n" not in leak.line and value[:10] in leak.line for leak in found)


@pytest.mark.parametrize(
    "line",
    [
        '{"requestId": "8c1555b0-0000-4155-9555-155500000011", "durationMilliseconds": 15550.1}',
        "postgresql://user@host:5432/name, redis://host:6379/0, postgresql://user:***@host/name",
        "1555 calls, 115550000001 and 1555000000112 microseconds",
    ],
)
def test_what_is_no_canary_is_none(line: str) -> None:
    assert list(leaks_in("a log", line)) == []


def test_this_very_run_is_watched(request: pytest.FixtureRequest) -> None:
    watch = request.config.pluginmanager.get_plugin("log-watch")
    assert isinstance(watch, LogWatch)
    assert watch in logging.getLogger().handlers
    before = watch.lines["log records"]
    logging.getLogger(__name__).info("a line")
    assert watch.lines["log records"] == before + 1


class Pages:
    """CloudWatch Logs with two groups, of which one belongs to a test."""

    def get_paginator(self, operation: str) -> "Pages":
        self.operation = operation
        return self

    def paginate(self, **asked: str) -> list[dict[str, list[dict[str, str]]]]:
        if self.operation == "describe_log_groups":
            groups = ["/aws/lambda/service", *MEANT_TO_SHOW]
            return [{"logGroups": [{"logGroupName": name} for name in groups]}]
        return [{"events": [{"message": f"{asked['logGroupName']} {number}\n"}]} for number in (1, 2)]


def test_every_page_of_every_function_is_looked_at_but_of_the_one_that_is_to_show_what_it_gets() -> None:
    seen: list[tuple[str, str, str]] = []
    look_at_functions(lambda _: Pages(), lambda *looked: seen.append(looked))
    assert [(where, text) for _, where, text in seen] == [
        ("the log group /aws/lambda/service", f"/aws/lambda/service {number}") for number in (1, 2)
    ]
    assert {f"/aws/lambda/{functions.RECEIVER}"} == MEANT_TO_SHOW
