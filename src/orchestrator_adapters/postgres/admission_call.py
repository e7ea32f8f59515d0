"""What the procedure of an admission is called with.

Each field is a parameter of its own: neither side makes JSON of what the other takes apart again
(docs/decisions/0015-an-admission-changes-fewer-rows.md).
"""

from collections.abc import Mapping
from typing import Final

from orchestrator_domain.campaign import STATUS_TABLE, Action
from orchestrator_domain.decisions import AdmissionRequest

PROCEDURE: Final = "campaign_admit_run_durably"
ADMISSION: Final = f"CALL {PROCEDURE}({', '.join(f'${place}' for place in range(1, 15))}, NULL)".encode()
OF_ACTIONS: Final[Mapping[Action, tuple[str, ...]]] = {
    action: (
        action.value,
        "false" if action is Action.START else "true",
        change.to.value,
        f"{{{','.join(sorted(change.allowed_from))}}}",
    )
    for action, change in STATUS_TABLE.items()
}
"""The same in every request for an action: its name, whether it resumes, the statuses that it leads to and from."""


def admission_parameters(request: AdmissionRequest, deployment: str) -> tuple[str | None, ...]:
    """Those of ``campaign_admit_run_durably`` in ``doors/40_admit.sql``, in its order.

    Args:
        deployment: routes and limits, as JSON (DeploymentJson).
    """
    origin = request.origin
    return (
        request.campaign_id,
        request.key.key,
        request.key.content_hash,
        *OF_ACTIONS[request.action],
        request.run_id,
        origin.source,
        origin.actor,
        origin.request_id,
        origin.reason,
        str(request.holders_wanted),
        deployment,
    )
