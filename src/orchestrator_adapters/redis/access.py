"""What the orchestrator's user may do on a Redis server, and no more: an access string, as ACL SETUSER takes it."""

from collections.abc import Sequence
from importlib.resources import files


def access_rules() -> Sequence[str]:
    """The rules, in their order, without a password (https://valkey.io/topics/acl/)."""
    text = (files("orchestrator_adapters.redis") / "rights" / "access_string.txt").read_text(encoding="utf-8")
    return text.split()
