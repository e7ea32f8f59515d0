"""Where the adapters of stores have their credentials from: they ask, and do not know what answers."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from orchestrator_domain.value import Value


class CredentialsUnavailable(Exception):
    """There are no credentials for now. ``cause`` is a stable word, and shows no secret."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


@frozen(kw_only=True, eq=False, repr=False)
class Credentials(Value):
    """What a server is told to prove who we are.

    Attributes:
        username: None: the one that the store's settings name.
    """

    password: str = field(repr=False)
    username: str | None = None


@runtime_checkable
class CredentialsSource(Protocol):
    """Credentials that change while a process lives: a secret that is rotated, tokens that expire.

    1. Any number of threads may ask at once.
    2. Both methods may wait for the network, for as long as the source's own timeouts say.
    """

    @abstractmethod
    def get(self) -> Credentials:
        """The credentials for a connection that is made now.

        Raises:
            CredentialsUnavailable: with a stable word for the cause.
        """

    @abstractmethod
    def after_refusal(self, refused: Credentials) -> Credentials | None:
        """Other credentials than ``refused``, which a server has not taken; None when there are no others."""
