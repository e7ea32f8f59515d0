"""How far two clocks may be apart."""

from datetime import datetime, timedelta
from typing import Final

from campaign_orchestrator.doctor.finding import Finding, ok, problem, warning
from orchestrator_domain.ports.run_claims import LEASE_MARGIN_SECONDS

NOTICEABLE: Final = timedelta(seconds=2)
HARMFUL: Final = timedelta(seconds=LEASE_MARGIN_SECONDS)
"""A batch's lease allows this much for its holder's clock."""
KEEP_TIME: Final = "Let both keep time by NTP (on AWS: the Amazon Time Sync Service)."


def skew_finding(
    other: str, theirs: datetime, *, before: datetime, after: datetime, exact_to: timedelta
) -> Finding:
    """What to say of ``other``'s clock, read between our ``before`` and ``after``, and shown ``exact_to``."""
    ahead = max(theirs - after, timedelta())
    behind = max(before - theirs - exact_to, timedelta())
    apart = max(ahead, behind)
    direction = "ahead of" if ahead > behind else "behind"
    what = f"{other}'s clock is {apart.total_seconds():.1f} s {direction} this machine's"
    if apart > HARMFUL:
        to_do = f"{KEEP_TIME} Leases and expiry times are off by as much."
        return problem(what, to_do=to_do)
    if apart > NOTICEABLE:
        return warning(what, to_do=KEEP_TIME)
    return ok(f"{other}'s clock and this machine's agree")
