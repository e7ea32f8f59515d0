"""Who may do what over HTTP. This is the only place that decides it.

Direct invocations, queues and event rules are not asked here: IAM decides who may invoke the function, send to its
queue or change its rules.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.errors import Forbidden
from orchestrator_domain.value import Value

EVERYBODY: Final = "*"
"""As the name of a role: whoever has been authenticated has it."""
CHANGE_LIMITS: Final = "change limits"
"""What "limits" is called when it is not only asked."""


class Role(IntEnum):
    """Each may do what the ones before it may do."""

    VIEWER = 1
    OPERATOR = 2
    ADMINISTRATOR = 3


LEAST_ROLE: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "status": Role.VIEWER,
        "list": Role.VIEWER,
        "history": Role.VIEWER,
        "limits": Role.VIEWER,
        **{action.value: Role.OPERATOR for action in Action},
        "halt": Role.ADMINISTRATOR,
        "unhalt": Role.ADMINISTRATOR,
        # It ends runs, by what it finds at their dispatchers. Nothing else that comes over HTTP can end one.
        "reconcile": Role.ADMINISTRATOR,
        CHANGE_LIMITS: Role.ADMINISTRATOR,
    }
)
"""What is not here nobody may do over HTTP."""


@frozen(kw_only=True, eq=False, repr=False)
class Caller(Value):
    """Whom a gateway has let in.

    Attributes:
        name: who it is, as the gateway's authorizer has authenticated it; None when it has told no name.
        role_names: the names of roles, groups or scopes that the authorizer gives it.
        is_claimed: an authorizer has told something of it, be it nothing of use.
    """

    name: str | None = None
    role_names: frozenset[str] = frozenset()
    is_claimed: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class Authorization(Value):
    """The rule of one deployment.

    Attributes:
        role_names: the names by which an authorizer gives each role.
        claims_needed: a caller of whom no authorizer tells anything may do nothing. Otherwise it may do what the
            gateway lets it ask for: IAM or a network has decided then.
    """

    role_names: Mapping[Role, frozenset[str]]
    claims_needed: bool = False

    def require(self, action: str, caller: Caller) -> None:
        """Raise Forbidden unless ``caller`` may do ``action``, a key of LEAST_ROLE."""
        if not caller.is_claimed and not self.claims_needed:
            return
        least = LEAST_ROLE.get(action)
        if least is None:
            raise Forbidden("nobody may do this over HTTP")
        if caller.name is None:
            raise Forbidden("the gateway names no caller")
        if self._role_of(caller) < least:
            raise Forbidden(f"the role {least.name.lower()}, or a higher one, is needed for this")

    def _role_of(self, caller: Caller) -> int:
        """The highest role that one of the caller's names gives; 0: none."""
        given = caller.role_names | {EVERYBODY}
        return max((role for role, names in self.role_names.items() if names & given), default=0)
