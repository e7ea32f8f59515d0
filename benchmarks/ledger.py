"""What it costs to show that a run holds a slot, and that it does not any more.

    python -m benchmarks.ledger [--rounds 2000]

The floor is two scripts that do nothing but answer, sent by redis-py's default client with its pool, as
``pip install redis`` gives it: the least that two atomic writes from Python cost most people. With the parser
in C (hiredis) it is shown as well. ``record`` and ``release`` go through the port, each with both of its scripts.
One client is measured in several processes, one after the other.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import evolve
from benchmarks.measuring.afresh import afresh
from benchmarks.measuring.contest import Sample, interleaved
from benchmarks.measuring.results import Report, arguments
from benchmarks.measuring.stage import Stage, stage
from redis import ConnectionPool, Redis
from redis._parsers import _HiredisParser, _RESP2Parser

from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.pools import Holder

FLOOR, PORT = "two trivial scripts, redis-py's default client", "record and release, through the port"
SINGLE = "two trivial scripts, one connection held by the client"
IN_C = "two trivial scripts, default client with hiredis"
CLIENTS = 8
POOLS = (10, 1_000, 100_000)


def holder(number: int = 1) -> Holder:
    return Holder(
        campaign_id=f"campaign-{threading.get_ident()}",
        campaign_type="sms",
        run_number=number,
        since=datetime.now(UTC),
        execution_reference="reference",
    )


def port(ledger: RedisSlotLedger, pool: str = "sms") -> Callable[[], object]:
    numbers = iter(range(1, 1_000_000_000))

    def work() -> None:
        held = holder(next(numbers))
        ledger.record(pool, held)
        ledger.release(pool, held.campaign_id, held.run_number)

    return work


def trivial(there: Stage, *, single: bool = False, in_c: bool = False) -> Callable[[], object]:
    settings = there.redis
    pool = ConnectionPool(
        host=settings.host,
        port=settings.port,
        password=settings.password,
        parser_class=_HiredisParser if in_c else _RESP2Parser,
        protocol=2,
    )
    client = Redis(connection_pool=pool, single_connection_client=single)
    script = client.register_script("return 1")

    def work() -> None:
        script(keys=["k"], args=["v"])
        script(keys=["k"], args=["v"])

    return work


def with_eight(work: Callable[[], Callable[[], object]], rounds: int) -> Callable[[], object]:
    """A round of eight threads at once, each with a client of its own."""
    works = [work() for _ in range(CLIENTS)]

    def together() -> None:
        threads = [threading.Thread(target=lambda one=one: [one() for _ in range(rounds)]) for one in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return together


def main() -> None:
    asked = arguments(__doc__, rounds=2_000)
    report = Report("ledger", title="Slot ledger")
    report.table("One client", afresh(one_client, rounds=asked.rounds), floor=FLOOR)
    with stage(durable=False) as there:
        eight = {
            FLOOR: with_eight(lambda: trivial(there), 50),
            PORT: with_eight(lambda: port(RedisSlotLedger(there.redis)), 50),
        }
        report.table(
            "Eight clients, fifty pairs each", interleaved(eight, rounds=asked.rounds // 50, warm_up=2), floor=FLOOR
        )
        report.table("Pools of many runs", of_pools(there, asked.rounds), floor="10 live runs")
    report.write()


def one_client(rounds: int) -> dict[str, Sample]:
    with stage(durable=False) as there:
        contenders = {
            FLOOR: trivial(there),
            SINGLE: trivial(there, single=True),
            IN_C: trivial(there, in_c=True),
            PORT: port(RedisSlotLedger(there.redis)),
        }
        return interleaved(contenders, rounds=rounds)


def of_pools(there: Stage, rounds: int) -> dict[str, Sample]:
    """The same pair of calls on pools that hold ten, a thousand and a hundred thousand runs."""
    ledgers = {}
    for size in POOLS:
        ledger = RedisSlotLedger(evolve(there.redis, timeout_seconds=30.0))
        members = [evolve(holder(), campaign_id=f"held-{number}") for number in range(size)]
        ledger.rebuild(f"pool{size}", members, as_of=datetime.now(UTC))
        ledgers[f"{size} live runs"] = port(ledger, f"pool{size}")
    return interleaved(ledgers, rounds=rounds)


if __name__ == "__main__":
    main()
