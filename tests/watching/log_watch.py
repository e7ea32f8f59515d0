"""Looks at every log of a test run, and lets the run fail when one of them shows a canary.

It sees what this process logs and writes, and the logs of the servers and deployed functions before these end. With
xdist each worker looks at its own, and the controller tells what all have found.
"""

import logging
from collections import Counter
from typing import Any

import pytest

from watching.canaries import leaks_in
from watching.server_logs import before_they_end

FOUND, LOOKED_AT = "leaks_in_logs", "lines_of_logs"


class LogWatch(logging.Handler):
    """The plugin; it is also the handler of whatever is logged."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(logging.NOTSET)
        self._config = config
        self.leaks: dict[str, None] = {}
        """In the order in which they were found, each once."""
        self.lines: Counter[str] = Counter()
        self._stop_watching = before_they_end(self.look)
        root = logging.getLogger()
        self._level_before = root.level
        root.setLevel(logging.INFO)
        root.addHandler(self)

    @property
    def is_controller(self) -> bool:
        """Whether workers run the tests, and this process none."""
        return bool(self._config.pluginmanager.hasplugin("dsession"))

    def look(self, kind: str, where: str, text: str) -> None:
        """Look at a piece of a log."""
        self.lines[kind] += text.count("\n") + (not text.endswith("\n"))
        self.leaks |= dict.fromkeys(map(str, leaks_in(where, text)))

    def emit(self, record: logging.LogRecord) -> None:
        self.look("log records", f"a record of the logger {record.name}", self.format(record))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self.is_controller:
            for name, text in report.sections:
                self.look("output of tests", f"{name} of {report.nodeid}", text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", None) or {}
        self.leaks |= dict.fromkeys(told.get(FOUND, ()))
        self.lines.update(told.get(LOOKED_AT, {}))

    @pytest.hookimpl(trylast=True)  # the servers end just before
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (output := getattr(self._config, "workeroutput", None)) is not None:
            output |= {FOUND: list(self.leaks), LOOKED_AT: dict(self.lines)}
        elif self.leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for leak in self.leaks:
            terminalreporter.write_line(f"LEAKED {leak}", red=True)
        looked_at = ", ".join(f"{number} of {kind}" for kind, number in sorted(self.lines.items()))
        terminalreporter.write_line(f"{len(self.leaks)} leaks in the lines of all logs ({looked_at or 'none'})")

    def pytest_unconfigure(self) -> None:
        self._stop_watching()
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._level_before)
