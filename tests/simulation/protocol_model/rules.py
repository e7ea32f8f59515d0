"""What the protocol rests on. Each rule can be switched off: that is a mutation."""

from typing import NamedTuple


class Rules(NamedTuple):
    """The protocol as it is; ``Rules()._replace(burns=False)`` is one broken on purpose."""

    admission_is_one_commit: bool = True
    key_is_in_the_admission: bool = True
    record_before_dispatch: bool = True
    attempts_are_counted: bool = True
    refusal_needs_the_only_attempt: bool = True
    claims: bool = True
    fence_stops_batches: bool = True
    open_lease_holds_the_run: bool = True
    burns: bool = True
    ends_only_at_rest: bool = True
    reconcile_passes_over: str = ""
