"""The requirements files, read: which version of which package each of them pins, and by which hashes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
SHIPPED: Final = tuple(ROOT / "requirements" / name for name in ("lambda.txt", "image.txt"))
"""What is in the zips and in the image."""
LOCALSTACK: Final = ROOT / "src/entrypoints/campaign_orchestrator/local/localstack_requirements.txt"
"""What the embedded LocalStack runs on; nothing of it is deployed."""
PEERS: Final = tuple(ROOT / "requirements" / name for name in ("peers.txt", "peers_older.txt"))
"""What the benchmarks compare with, in versions that work together; run by `make bench` only."""
DEPLOYED_ON: Final[Mapping[str, str]] = {
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "os_name": "posix",
}
"""The environment of https://peps.python.org/pep-0508/ that the functions run in."""
HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})(?=\s|$)")


@attrs.frozen(kw_only=True)
class Pin:
    """One entry of a requirements file."""

    name: str
    """In the form of https://packaging.python.org/en/latest/specifications/name-normalization/."""
    version: str
    sha256: tuple[str, ...]
    requirement: Requirement

    def applies_where_deployed(self) -> bool:
        """Whether the functions have it, or only another platform or an older Python."""
        return self.requirement.marker is None or self.requirement.marker.evaluate(dict(DEPLOYED_ON))


def requirements_files() -> list[Path]:
    """Every file from which anything is installed."""
    return [*sorted((ROOT / "requirements").glob("*.txt")), LOCALSTACK]


def pins(path: Path) -> list[Pin]:
    """The entries of a requirements file.

    Raises:
        ValueError: an entry that is not one exact version with hashes, or an option such as an index.
    """
    return [_pin(entry, path) for entry in _entries(path.read_text())]


def _entries(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def _pin(entry: str, path: Path) -> Pin:
    words = HASH.sub("", entry).strip()
    if words.startswith("-") or "://" in words or "--" in words:
        raise ValueError(
            f"{path.name}: {words!r} is neither a package nor a SHA-256; options and addresses are not allowed"
        )
    requirement = Requirement(words)
    exact = [one.version for one in requirement.specifier if one.operator == "==" and "*" not in one.version]
    if len(requirement.specifier) != 1 or not exact:
        raise ValueError(f"{path.name}: {words!r} is not pinned to one exact version (name==version)")
    hashes = tuple(HASH.findall(entry))
    if not hashes:
        raise ValueError(f"{path.name}: {words!r} has no --hash=sha256:")
    return Pin(name=canonicalize_name(requirement.name), version=exact[0], sha256=hashes, requirement=requirement)
