"""Where a command's answer is shown: to a person as text, or to a program as JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field
from rich.console import Console, RenderableType
from rich.text import Text

from campaign_orchestrator.command_line.exit_codes import ExitCode, exit_code_of
from campaign_orchestrator.command_line.plain_text import plain

Answer = Mapping[str, Any]
View = Callable[[Answer], RenderableType]
WIDTH_OF_A_FILE = 160


def _console(*, is_error: bool) -> Console:
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else WIDTH_OF_A_FILE
    return Console(stderr=is_error, highlight=False, markup=False, emoji=False, width=width)


@define
class Screen:
    """Standard output has the answer and nothing else; all other words go to standard error.

    Attributes:
        as_json: each answer is one JSON document.
    """

    as_json: bool
    output: Console = field(factory=lambda: _console(is_error=False))
    errors: Console = field(factory=lambda: _console(is_error=True))

    def show(self, answer: Answer, view: View) -> ExitCode:
        """Show the answer, or its refusal, and tell the exit code that goes with it."""
        if self.as_json:
            self.show_json(answer)
        elif answer.get("success"):
            self.output.print(view(answer), soft_wrap=True)
        else:
            self.errors.print(refusal(answer), soft_wrap=True)
        return exit_code_of(answer)

    def show_json(self, answer: Any, *, on_one_line: bool = False) -> None:
        """Write one JSON document."""
        sys.stdout.write(json.dumps(answer, indent=None if on_one_line else 2) + "\n")
        sys.stdout.flush()

    def say(self, words: str) -> None:
        """Tell a person something beside the answer."""
        if not self.as_json:
            self.errors.print(words, style="dim", soft_wrap=True)


def refusal(answer: Answer) -> Text:
    """What was refused, why, and what can be done."""
    complaints = answer.get("complaints")
    if complaints:
        return Text("\n".join(plain(one) for one in complaints))
    shown = Text.assemble((plain(answer.get("errorCode")), "bold red"), ": ", plain(answer.get("message")))
    for holder in (answer.get("holders") or ())[:10]:
        shown.append(f"\n  {plain(holder['campaignId'])}  since {plain(holder['since'])}")
    if answer.get("retryAfterSeconds") is not None:
        shown.append(f"\nTry again in {answer['retryAfterSeconds']} s.")
    if answer.get("repeatWithKey"):
        shown.append(f"\nTo settle it, repeat the command with --key {plain(answer['repeatWithKey'])}")
    return shown
