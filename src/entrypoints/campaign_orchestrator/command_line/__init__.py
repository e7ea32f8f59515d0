"""The command line ``campaign-orchestrator``. What it needs comes with the extra ``cli``, not with the Lambda."""

import logging
import sys
from collections.abc import Sequence

WRONG_USE = 2
COMES_WITH_THE_EXTRA = frozenset({"typer", "rich", "shellingham", "pydantic", "annotated_doc"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command, and exit with its code (``exit_codes``)."""
    try:
        from campaign_orchestrator.command_line.program import app
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in COMES_WITH_THE_EXTRA:
            raise
        print("the command line needs more packages: pip install 'campaign-orchestrator[cli]'", file=sys.stderr)
        sys.exit(WRONG_USE)
    # The drivers' own words would stand between an answer's; what they mean is told as its cause.
    logging.getLogger().addHandler(logging.NullHandler())
    app(args=arguments, prog_name="campaign-orchestrator")
