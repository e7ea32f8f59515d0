"""What a check has found."""

from enum import StrEnum

from attrs import frozen


class Verdict(StrEnum):
    """OK: as it should be. WARNING: it works, and will hurt. PROBLEM: it does not do its job. NOT_CHECKED: what the
    check needs is not there, or may not be asked."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not_checked"


@frozen(kw_only=True)
class Finding:
    """``what`` was found, and what ``to_do`` about it (None: nothing)."""

    verdict: Verdict
    what: str
    to_do: str | None = None


def ok(what: str) -> Finding:
    return Finding(verdict=Verdict.OK, what=what)


def warning(what: str, *, to_do: str) -> Finding:
    return Finding(verdict=Verdict.WARNING, what=what, to_do=to_do)


def problem(what: str, *, to_do: str) -> Finding:
    return Finding(verdict=Verdict.PROBLEM, what=what, to_do=to_do)


def not_checked(what: str, *, to_do: str | None = None) -> Finding:
    return Finding(verdict=Verdict.NOT_CHECKED, what=what, to_do=to_do)
