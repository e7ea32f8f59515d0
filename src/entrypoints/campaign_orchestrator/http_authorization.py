"""The rule of who may do what over HTTP, as the settings have it."""

from campaign_orchestrator.settings import Settings
from orchestrator_adapters.wire.http_callers import SEPARATORS, ClaimNames
from orchestrator_domain.authorization import Authorization, Role


def authorization_of(settings: Settings) -> Authorization:
    """Each role by the names that the settings give it."""
    return Authorization(
        role_names={
            Role.VIEWER: _names(settings.http_viewer_roles),
            Role.OPERATOR: _names(settings.http_operator_roles),
            Role.ADMINISTRATOR: _names(settings.http_administrator_roles),
        },
        claims_needed=settings.http_authorization == "claims",
    )


def claim_names_of(settings: Settings) -> ClaimNames:
    """The claims that the settings name."""
    return ClaimNames(roles=settings.http_roles_claim, actor=settings.http_actor_claim)


def _names(text: str) -> frozenset[str]:
    return frozenset(SEPARATORS.split(text)) - {""}
