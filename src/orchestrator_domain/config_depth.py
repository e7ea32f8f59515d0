"""How deeply a campaign's config may be nested."""

from typing import Any, Final

DEEPEST_CONFIG: Final = 100
"""Readers of JSON give up somewhere: Python's at about a thousand levels. A run whose dispatcher cannot read its
input would end with nobody told why."""
NOT_TOO_DEEP: Final = f"nested at most {DEEPEST_CONFIG} levels deep"


def is_nested_too_deeply(value: Any) -> bool:
    """Whether there is something below the deepest level that is allowed; ``{}`` has no level below it."""
    level = [value]
    for _ in range(DEEPEST_CONFIG + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
