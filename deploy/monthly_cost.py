"""What a month of the stack costs, for an idle and a busy one.

    python deploy/monthly_cost.py [--price lambda_gigabyte_second=0.0000166667] [--use campaigns=50000]

Prices are US dollars in us-east-1 without free tiers. PostgreSQL, RDS Proxy, NAT and messages are not in it: they
are parameters of the stack, or the campaigns' own.
"""

import argparse
import math
import sys
from collections.abc import Mapping
from typing import Final

HOURS: Final = 730
MINUTES: Final = HOURS * 60
MILLION: Final = 1_000_000
ORCHESTRATOR_GIGABYTES: Final = 0.5
DISPATCHER_GIGABYTES: Final = 0.25
TASK_GIGABYTES: Final = 0.25
SECONDS_OF_A_LOOK: Final = 45
SECONDS_TO_PLACE_A_BATCH: Final = 3
TRANSITIONS_AROUND_THE_BATCHES: Final = 5
"""IsVoid, Validation and the choice behind it, Report, and the execution's end."""
ALARM_METRICS: Final = 16
"""Fourteen alarms, one of which has two metrics."""
CUSTOM_METRICS: Final = 14
"""Of docs/metrics.md, with the dimensions that an uneventful month has: CloudWatch takes money for each."""

PRICES: Final[Mapping[str, float]] = {
    "lambda_million_requests": 0.20,
    "lambda_gigabyte_second": 0.0000133334,
    "api_million_requests": 3.50,
    "step_functions_thousand_transitions": 0.025,
    "sqs_million_requests": 0.40,
    "secret_month": 0.40,
    "alarm_metric_month": 0.10,
    "custom_metric_month": 0.30,
    "dashboard_month": 3.00,
    "log_gigabyte": 0.50,
    "redis_gigabyte_hour": 0.084,
    "endpoint_hour": 0.01,
}
IDLE: Final[Mapping[str, float]] = {
    "campaigns": 0,
    "share_of_sms": 0.5,
    "requests_of_a_campaign": 20,
    "seconds_of_a_request": 0.2,
    "seconds_of_a_reconciliation": 0.2,
    "contacts_of_an_sms_campaign": 10_000,
    "seconds_of_a_contact": 0.05,
    "contacts_of_a_voice_campaign": 1_000,
    "calls_at_once": 10,
    "seconds_of_a_call": 60,
    "log_kilobytes_of_a_request": 2,
    "redis_gigabytes": 0.1,
    "secrets": 3,
    "endpoints_times_zones": 0,
}
BUSY: Final = {**IDLE, "campaigns": 10_000}


def monthly_cost(use: Mapping[str, float], prices: Mapping[str, float]) -> dict[str, float]:
    """US dollars of a month, by what is paid for."""
    reconciliations = MINUTES
    requests = use["campaigns"] * use["requests_of_a_campaign"]
    sms = use["campaigns"] * use["share_of_sms"]
    voice = use["campaigns"] - sms
    orchestrating = (
        requests * use["seconds_of_a_request"] + reconciliations * use["seconds_of_a_reconciliation"]
    ) * ORCHESTRATOR_GIGABYTES
    dispatching = sms * use["contacts_of_an_sms_campaign"] * use["seconds_of_a_contact"] * DISPATCHER_GIGABYTES
    batches = voice * use["contacts_of_a_voice_campaign"] / use["calls_at_once"]
    looks = math.ceil(use["seconds_of_a_call"] / SECONDS_OF_A_LOOK)
    # Dispatch and each Monitor, and the choice behind each.
    transitions = batches * 2 * (1 + looks) + voice * TRANSITIONS_AROUND_THE_BATCHES
    calling = batches * (use["seconds_of_a_call"] + SECONDS_TO_PLACE_A_BATCH) * TASK_GIGABYTES
    invocations = requests + reconciliations + sms + batches * (1 + looks)
    # Five pollers of an event source mapping, each of which waits 20 s for messages.
    polls = 5 * HOURS * 3600 / 20
    logged = invocations * use["log_kilobytes_of_a_request"] / MILLION
    return {
        "Lambda": (
            invocations / MILLION * prices["lambda_million_requests"]
            + (orchestrating + dispatching + calling) * prices["lambda_gigabyte_second"]
        ),
        "API Gateway": requests / MILLION * prices["api_million_requests"],
        "Step Functions": transitions / 1_000 * prices["step_functions_thousand_transitions"],
        "SQS": polls / MILLION * prices["sqs_million_requests"],
        "Secrets Manager": use["secrets"] * prices["secret_month"],
        "CloudWatch": (
            ALARM_METRICS * prices["alarm_metric_month"]
            + CUSTOM_METRICS * prices["custom_metric_month"]
            + prices["dashboard_month"]
            + logged * prices["log_gigabyte"]
        ),
        "ElastiCache Serverless": use["redis_gigabytes"] * HOURS * prices["redis_gigabyte_hour"],
        "Interface endpoints": use["endpoints_times_zones"] * HOURS * prices["endpoint_hour"],
    }


def main() -> int:
    """Show both months."""
    parser = argparse.ArgumentParser(description="What an idle and a busy month of the stack cost.")
    parser.add_argument("--price", action="append", default=[], metavar="NAME=DOLLARS")
    parser.add_argument("--use", action="append", default=[], metavar="NAME=NUMBER", help="of the busy month")
    asked = parser.parse_args()
    prices, busy = _changed(PRICES, asked.price), _changed(BUSY, asked.use)
    months = [monthly_cost(use, prices) for use in (IDLE, busy)]
    print(f"{'US dollars a month':<26}{'idle':>10}{'busy':>10}")
    for name in months[0]:
        print(f"{name:<26}" + "".join(f"{month[name]:>10.2f}" for month in months))
    print(f"{'all':<26}" + "".join(f"{sum(month.values()):>10.2f}" for month in months))
    return 0


def _changed(known: Mapping[str, float], changes: list[str]) -> dict[str, float]:
    changed = dict(known)
    for change in changes:
        name, _, value = change.partition("=")
        if name not in known:
            sys.exit(f"{name!r} is none of {', '.join(known)}")
        changed[name] = float(value)
    return changed


if __name__ == "__main__":
    sys.exit(main())
