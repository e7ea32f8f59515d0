"""The demo: the main job on real servers of this machine, from the first start to the last slot freed."""

import os
import signal
import sys
import time
from types import FrameType

from rich.console import Console

from campaign_orchestrator.local.environment import LocalEnvironment
from campaign_orchestrator.local.looking_around import commands_to_look_around
from campaign_orchestrator.local.scenes import Stage, play_all
from campaign_orchestrator.local.seeding import seed_campaigns

OK, FAILED = 0, 1
WIDTH_OF_A_FILE = 120


def main() -> int:
    """Start the servers, play every scene, and clean up; with KEEP=1 wait until somebody ends it."""
    width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
    console = Console(highlight=False, soft_wrap=True, width=width)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _end)
    try:
        with console.status("Starting") as status, LocalEnvironment(say=status.update) as environment:
            seed_campaigns(environment.postgres.url())
            console.print(f"Real PostgreSQL, Valkey and LocalStack are up after {time.monotonic() - began:.0f} s.")
            console.print(f"HTTP address of the deployed service: {environment.deployment.http_address}")
            stage = Stage(console=console, environment=environment, status=status)
            play_all(stage)
            status.update("")
            console.print(f"\n[bold]Everything was as promised[/bold], in {time.monotonic() - began:.0f} s.")
            if os.environ.get("KEEP"):
                status.stop()
                console.print(commands_to_look_around(environment))
                _wait_until_ended(console)
            status.update("Cleaning up")
    except AssertionError as broken:
        console.print(f"[bold red]Not as promised:[/bold red] {broken}")
        return FAILED
    except KeyboardInterrupt:
        console.print("Ended; everything is cleaned up.")
    return OK


def _wait_until_ended(console: Console) -> None:
    console.print("\nIt runs until you press Ctrl-C.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("Ending.")


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
