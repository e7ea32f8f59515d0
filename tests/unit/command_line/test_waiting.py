"""The progress bar: unseen for two seconds, then shown to whoever looks."""

import io

from rich.console import Console

from campaign_orchestrator.command_line.waiting import waiting
from serving.living_processes import comes_true


def console(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=100)


def text_on(shown: Console) -> str:
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


def test_what_takes_long_is_shown_with_how_much_is_done() -> None:
    screen = console(is_terminal=True)
    with waiting(screen, "Reconciling", seconds_unseen=0.0) as shown:
        shown.has_done(3, 10)
        assert comes_true(lambda: "3/10" in text_on(screen))
        shown.say("Nearly there")
        assert comes_true(lambda: "Nearly there" in text_on(screen))


def test_what_is_quick_shows_nothing() -> None:
    screen = console(is_terminal=True)
    with waiting(screen, "Looking", seconds_unseen=3600.0) as shown:
        shown.has_done(1, 1)
    assert text_on(screen).strip() == ""


def test_nothing_is_shown_where_nobody_looks() -> None:
    screen = console(is_terminal=False)
    with waiting(screen, "Reconciling", seconds_unseen=0.0) as shown:
        shown._appear()
        shown.has_done(3, 10)
    assert text_on(screen).strip() == ""
