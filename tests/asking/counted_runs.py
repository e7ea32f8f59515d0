"""What PostgreSQL counts as live, and what lives: by pool, without those that have none."""

import re
from pathlib import Path
from typing import Final

DECISION: Final = Path(__file__).parents[2] / "docs/decisions/0011-live-runs-are-counted-by-a-trigger.md"

COUNTED = "SELECT pool, live::int FROM campaign_pool_counts WHERE live <> 0 ORDER BY pool"
LIVE = "SELECT pool, count(*)::int FROM campaign_runs WHERE state <> 'ended' GROUP BY pool ORDER BY pool"
END = "state = 'ended', ended_at = now(), outcome = 'failed'"
"""What an UPDATE of a run sets that ends it."""
KNOWN_TOO_HIGH = """
    SELECT name FROM campaign_pools
    WHERE ended_at_least > (SELECT coalesce(sum(ended), 0) FROM campaign_pool_ends WHERE pool = name)
"""
"""Pools that an admission would think emptier than they are."""
ALL_ENDS_KNOWN = """
    UPDATE campaign_pools
    SET ended_at_least = (SELECT coalesce(sum(ended), 0) FROM campaign_pool_ends WHERE pool = name) RETURNING name
"""

_COUNT_AGAIN = re.search(r"```sql\n(.*?)```", DECISION.read_text(encoding="utf-8"), re.DOTALL)
assert _COUNT_AGAIN is not None
COUNT_AGAIN = _COUNT_AGAIN[1]
"""As the decision says."""
