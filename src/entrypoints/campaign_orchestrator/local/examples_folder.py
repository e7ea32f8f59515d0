"""Where the example dispatchers are."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def examples_folder() -> Path:
    """The folder ``examples`` of the checkout, or its copy in an installed package."""
    candidates = (PACKAGE / "local" / "examples", PACKAGE.parents[2] / "examples")
    for candidate in candidates:
        if (candidate / "voice_workflow").is_dir():
            return candidate
    raise FileNotFoundError(f"the examples are in none of {', '.join(map(str, candidates))}")
