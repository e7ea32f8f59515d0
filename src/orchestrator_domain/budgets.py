"""How long each step may take, in seconds (the function's own timeout is 25, API Gateway's 29).

The adapters' timeouts are these figures, and a use case asks its Deadline for their sum before it begins a
step that it could not finish.
"""

from typing import Final

STORE_SECONDS: Final = 3.0
"""One call to PostgreSQL, including one reconnect."""

DISPATCH_SECONDS: Final = 4.0
"""One dispatch, one look or one stop, with all of its calls to AWS: up to three, one after the other.

A single call has 1 s to connect and 3 s for the request and its answer, and no more than the calls before it have
left. So whoever began a dispatch with BEFORE_DISPATCH_SECONDS can record what came of it and answer, also when one
call hangs after others were slow. They share it because three times as much, before an admission and before a look
at the runs of a full pool, would be more than an invocation has.
"""

LEDGER_SECONDS: Final = 0.3
"""One call to Redis."""

ANSWER_RESERVE_SECONDS: Final = 2.0
"""Kept back to write the answer."""

BEFORE_ADMISSION_SECONDS: Final = STORE_SECONDS + DISPATCH_SECONDS + STORE_SECONDS + ANSWER_RESERVE_SECONDS
BEFORE_DISPATCH_SECONDS: Final = DISPATCH_SECONDS + STORE_SECONDS + ANSWER_RESERVE_SECONDS
"""The dispatch, the record of what came of it, and the answer."""

RECONCILE_STEP_SECONDS: Final = STORE_SECONDS + BEFORE_DISPATCH_SECONDS
"""One step of a reconciliation, when everything hangs."""

GRACE_SECONDS: Final = 30.0
"""A run still dispatching after this long was abandoned: no invocation lives longer than 25 s."""

MOST_ATTEMPTS: Final = 5
"""Dispatch attempts of one run, one after the other without progress, before it is given up."""

HEARTBEAT_GRACE_SECONDS: Final = 120.0
"""A claimed run without an open lease and without a heartbeat for this long is handed over again."""

IN_PROGRESS_RETRY_SECONDS: Final = 2
STILL_STOPPING_RETRY_SECONDS: Final = 10
DISPATCHER_RETRY_SECONDS: Final = 15
UNCONFIRMED_RETRY_SECONDS: Final = 5
HALTED_RETRY_SECONDS: Final = 300
