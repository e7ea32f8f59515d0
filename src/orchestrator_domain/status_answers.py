"""What is told to whoever asks how pools and campaigns stand, or what has become of a campaign."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from orchestrator_domain.answers import ProjectionState
from orchestrator_domain.campaign import Campaign
from orchestrator_domain.decisions import HistoryEntry
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.pools import PoolUsage
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class PoolStatus(Value):
    """A pool, and whether the slot ledger shows the same holders."""

    usage: PoolUsage
    projection: ProjectionState


@frozen(kw_only=True, eq=False, repr=False)
class StatusAnswer(Value):
    """Pools (when no id was asked for), or one Campaign or error per id that was asked for."""

    pools: Sequence[PoolStatus]
    campaigns: Mapping[str, Campaign | OrchestratorError]


@frozen(kw_only=True, eq=False, repr=False)
class HistoryAnswer(Value):
    """The audit trail of a campaign, oldest first."""

    campaign_id: str
    entries: Sequence[HistoryEntry]
