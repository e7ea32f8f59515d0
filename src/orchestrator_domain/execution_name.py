"""The name under which a run is handed to its dispatcher."""

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_OF_A_RUN = re.compile(r"[A-Za-z0-9_-]{1,40}-[1-9][0-9]{0,9}-[0-9a-f]{8}", re.ASCII)


def execution_name(campaign_id: str, run_number: int, run_id: str) -> str:
    """40 safe characters of the campaign's id, the run's number and 8 digits of the run's random id.

    The random part keeps a campaign that was created again, or a database that was restored, from meeting
    an execution of the past: Step Functions keeps names for 90 days. The result has at most 80 characters
    of ``[A-Za-z0-9_-]``, the limit of StartExecution
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
    """
    return f"{_UNSAFE.sub('-', campaign_id)[:40]}-{run_number}-{run_id[:8]}"


def is_of_a_run(name: str) -> bool:
    """Whether ``name`` has the form that ``execution_name`` gives; a name from another hand hardly ever has."""
    return _OF_A_RUN.fullmatch(name) is not None
