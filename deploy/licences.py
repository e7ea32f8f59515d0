"""The licences of everything that is deployed or installed with the service, held against those that are allowed.

python deploy/licences.py
"""

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from typing import Final

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pinned_requirements import DEPLOYED_ON, SHIPPED, pins

OURS: Final = "campaign-orchestrator"
ALLOWED: Final = frozenset({"Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0"})
"""All permissive: they ask for their text to be kept, and each package's is kept in its .dist-info folder."""
REPLACEABLE: Final = (
    "used unmodified, and imported at run time from a folder of its own in the zip or image, where anybody can put "
    "another build of it; its licence is beside it, and nothing of it is in our own code"
)
ALLOWED_WITH_A_REASON: Final = {
    ("psycopg", "LGPL-3.0-only"): REPLACEABLE,
    ("psycopg-binary", "LGPL-3.0-only"): REPLACEABLE,
    ("psycopg-pool", "LGPL-3.0-only"): REPLACEABLE,
}
CLASSIFIERS: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
}
LONGEST_EXPRESSION: Final = 60
"""What is longer in the field License is the text of a licence, and no name of one."""


def declared(package: Distribution) -> str:
    """What a package says of its licence, as an SPDX expression where it has one (https://peps.python.org/pep-0639/)."""
    expression = package.metadata["License-Expression"]
    if expression:
        return str(expression)
    classifiers = [one for one in package.metadata.get_all("Classifier") or [] if one.startswith("License ::")]
    if classifiers:
        return " AND ".join(CLASSIFIERS.get(one, one) for one in sorted(classifiers))
    text = str(package.metadata["License"] or "").strip()
    return text if 0 < len(text) <= LONGEST_EXPRESSION and "\n" not in text else "unknown"


def is_allowed(name: str, expression: str) -> bool:
    """Whether one of the alternatives is allowed in all its parts; with parentheses it is not."""
    return any(
        all(
            part.strip() in ALLOWED or (name, part.strip()) in ALLOWED_WITH_A_REASON
            for part in choice.split(" AND ")
        )
        for choice in expression.split(" OR ")
    )


def deployed_names() -> set[str]:
    """The packages that the requirements files put into the zips and the image."""
    return {pin.name for path in SHIPPED for pin in pins(path) if pin.applies_where_deployed()}


def installed_names() -> set[str]:
    """The packages that ``pip install campaign-orchestrator`` with all its extras brings on Linux."""
    found: set[str] = set()
    waiting = [(OURS, frozenset(distribution(OURS).metadata.get_all("Provides-Extra") or []))]
    while waiting:
        name, extras = waiting.pop()
        for requirement in _requirements(name, extras):
            needed = canonicalize_name(requirement.name)
            if needed != OURS and needed not in found:
                found.add(needed)
                waiting.append((needed, frozenset(requirement.extras)))
    return found


def _requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or _applies(requirement.marker, extras):
            yield requirement


def _applies(marker: Marker, extras: frozenset[str]) -> bool:
    return any(marker.evaluate(dict(DEPLOYED_ON) | {"extra": extra}) for extra in ("", *extras))


def main() -> int:
    """Tell the licence of each package; 1 if there is one that is not allowed."""
    refused = 0
    deployed = deployed_names()
    for name in sorted(deployed | installed_names()):
        licence = declared(distribution(name))
        verdict = "" if is_allowed(name, licence) else "  NOT ALLOWED"
        refused += bool(verdict)
        print(f"{name:<24} {licence:<28} {'deployed' if name in deployed else ''}{verdict}".rstrip())
    for reason in dict.fromkeys(ALLOWED_WITH_A_REASON.values()):
        kept = [
            f"{name} ({licence})" for (name, licence), given in ALLOWED_WITH_A_REASON.items() if given == reason
        ]
        print(f"{', '.join(kept)}: {reason}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
