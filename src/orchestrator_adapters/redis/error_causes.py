"""The stable word for each way in which Redis can be away."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestrator_adapters.credentials import CredentialsUnavailable
from orchestrator_adapters.redis.server_refusal import NotRedis, ServerRefusal
from orchestrator_adapters.tls_refusals import causes, tls_refusal_of

LOOKED_FOR: Final = (
    ("AuthenticationError", "authentication"),
    ("AuthenticationWrongNumberOfArgsError", "authentication"),
    ("AuthorizationError", "authentication"),
    ("ExternalAuthProviderError", "authentication"),
    ("NoPermissionError", "no_permission"),
    ("BusyLoadingError", "loading"),
    ("TimeoutError", "no_answer"),
    ("MaxConnectionsError", "too_many_connections"),
    ("OutOfMemoryError", "out_of_memory"),
    ("ReadOnlyError", "read_only"),
    ("NoScriptError", "script_unknown"),
    ("MovedError", "cluster_moved"),
    ("AskError", "cluster_moved"),
    ("TryAgainError", "cluster_moved"),
    ("ClusterCrossSlotError", "cluster_slots"),
    ("CrossSlotTransactionError", "cluster_slots"),
    ("ClusterDownError", "cluster_down"),
    ("MasterDownError", "cluster_down"),
    ("SlotNotCoveredError", "cluster_down"),
    ("ClusterError", "cluster_down"),
    ("RedisClusterException", "cluster_down"),
    ("ConnectionError", "connection"),
    ("InvalidResponse", "no_redis"),
    ("ResponseError", "refused"),
    ("RedisError", "unexpected_error"),
)
"""redis-py's classes, the more special before the more general. Its words never leave the adapter."""

AUTHENTICATION: Final = "authentication"
SCRIPT_UNKNOWN: Final = "script_unknown"

BY_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NOAUTH": AUTHENTICATION,
        "WRONGPASS": AUTHENTICATION,
        "NOPERM": "no_permission",
        "LOADING": "loading",
        "MAXCLIENTS": "connection",
        "OOM": "out_of_memory",
        "READONLY": "read_only",
        "NOSCRIPT": SCRIPT_UNKNOWN,
        "MOVED": "cluster_moved",
        "ASK": "cluster_moved",
        "TRYAGAIN": "cluster_moved",
        "CROSSSLOT": "cluster_slots",
        "CLUSTERDOWN": "cluster_down",
        "MASTERDOWN": "cluster_down",
    }
)
"""What a node says to us itself; in the same words; any other code is "refused"."""

HIDING: Final = frozenset({"connection", "cluster_down"})
"""Words that are said of a handshake that failed, and of a cluster whose nodes have all refused the password."""

ANSWERED: Final = frozenset({"no_permission", "out_of_memory", SCRIPT_UNKNOWN, "refused"})
"""Causes after which the connection is as good as before: its server has answered, and is the right one."""


def cause_of(error: Exception) -> str:
    """The cause of a refusal, of any error of redis-py or a socket, or of reading an answer that is none."""
    if isinstance(error, CredentialsUnavailable):
        return error.cause
    if isinstance(error, ServerRefusal):
        return BY_CODE.get(error.code, "refused")
    if isinstance(error, NotRedis):
        return "no_redis"
    told = _word_of(error)
    if told in HIDING:
        words = [_word_of(cause) for cause in causes(error)]
        return tls_refusal_of(error) or (AUTHENTICATION if AUTHENTICATION in words else told)
    return told


def _word_of(error: BaseException) -> str:
    names = {cls.__name__ for cls in type(error).__mro__}
    for name, cause in LOOKED_FOR:
        if name in names:
            return cause
    return "connection" if isinstance(error, OSError) else "unexpected_error"
