"""Two hundred rounds of requests and real faults, from one seed; then the faults stop, and all must agree."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from attrs import define, field

from harming.agreement import require_agreement, require_rest
from harming.doomed_process import Doom, DoomedProcess, ask_doomed
from harming.ground import Ground
from network.proxy import TcpProxy
from serving.servers import flush

SEED = 20_261_123
ROUNDS = 200
LIMITS = {"MAX_CONCURRENT_VOICE_CAMPAIGNS": "2", "MAX_CONCURRENT_SMS_CAMPAIGNS": "2"}
ACTIONS = ("start", "start", "start", "pause", "resume", "resume", "stop", "retry", "reconcile")
DEPENDENCIES = ("postgres", "redis", "aws")


@define
class Rounds:
    """Plays the rounds. ``told`` is what happened, one line each; shown when a promise is broken."""

    ground: Ground
    proxies: dict[str, TcpProxy]
    chance: random.Random
    told: list[str] = field(factory=list)
    frozen: list[DoomedProcess] = field(factory=list)
    campaigns: list[str] = field(factory=list)

    def play(self, rounds: int) -> None:
        for number in range(rounds):
            self._replace_what_has_ended()
            self.chance.choice([self._ask, self._ask, self._ask, self._ask, self._world])(number)
            self._require_safety()
        for process in self.frozen:
            process.thaw()
        self._heal()

    def _ask(self, number: int) -> None:
        """One or two processes are asked; each may be killed or frozen, and a connection may be cut or hang."""
        processes = []
        for _ in range(self.chance.randint(1, 2)):
            action, campaign = self.chance.choice(ACTIONS), self.chance.choice(self.campaigns)
            event: dict[str, Any] = {"action": action}
            if action != "reconcile":
                event |= {"campaignId": campaign, "idempotencyKey": f"key-{self.chance.randint(1, 5)}"}
            doom = self.chance.choice([*Doom, None])
            at = self.chance.randint(0, 7) if doom else None
            self.told.append(f"{number}: {event} {doom.name if doom else ''} {at}")
            processes.append(ask_doomed(self.ground.variables(), event, at=at, doom=doom or Doom.KILLED_BEFORE))
        if self.chance.random() < 0.3:
            self._harm_a_connection(number)
        for process in processes:
            if process.wait():
                self.frozen.append(process)
        if len(self.frozen) > 4:
            self.frozen.pop(self.chance.randrange(4)).thaw()
        if self.chance.random() < 0.8:
            self._heal()

    def _harm_a_connection(self, number: int) -> None:
        name = self.chance.choice(DEPENDENCIES)
        what = self.chance.choice(["cut", "cut", "refuses", "hangs"])
        if what == "hangs" and name != "redis" and self.chance.random() < 0.7:
            what = "cut"  # each hanging costs seconds, which is why there are few
        self.told.append(f"{number}: {name} {what}")
        proxy = self.proxies[name]
        if what in ("cut", "refuses"):
            proxy.cut()
        if what == "refuses":
            proxy.refuses.set()
        if what == "hangs":
            proxy.hangs.set()

    def _world(self, number: int) -> None:
        """Something happens outside of the orchestrators."""
        what = self.chance.choice(["grace", "flush", "aborted", "event", "changed"])
        self.told.append(f"{number}: {what}")
        runs = self.ground.sql("SELECT campaign_id, execution_name FROM campaign_runs ORDER BY execution_name")
        if what == "grace":
            self.ground.pass_grace()
        elif what == "flush":
            flush(self.ground.redis)
        elif what == "aborted" and (open_ := sorted(self.ground.open_executions())):
            name = self.chance.choice(open_)
            arn = self.ground.machine.replace("stateMachine", "execution") + f":{name}"
            self.ground.aws.client("stepfunctions").stop_execution(executionArn=arn)
        elif what == "event" and runs:
            _, name = self.chance.choice(runs)
            kind = "Step Functions Execution Status Change"
            self.ground.send({"source": "aws.states", "detail-type": kind, "detail": {"name": name}})
        elif what == "changed" and self.chance.random() < 0.3:
            self.ground.sql("DELETE FROM campaigns WHERE id = %s", self.chance.choice(self.campaigns))

    def _heal(self) -> None:
        for proxy in self.proxies.values():
            proxy.hangs.clear()
            proxy.refuses.clear()

    def _replace_what_has_ended(self) -> None:
        present = dict(self.ground.sql("SELECT id, status FROM campaigns"))
        kept = [one for one in self.campaigns if present.get(one) not in (None, "cancelled", "completed")]
        while len(kept) < 8:
            kept.append(self.ground.put_campaign(self.chance.choice(["voice", "hybrid", "sms", "sms"])))
        self.campaigns = kept

    def _require_safety(self) -> None:
        live = self.ground.sql("SELECT pool, count(*) FROM campaign_runs WHERE state <> 'ended' GROUP BY pool")
        for pool, how_many in live:
            assert how_many <= int(LIMITS[f"MAX_CONCURRENT_{pool.upper()}_CAMPAIGNS"]), f"{pool}: {how_many}"
        self.ground.wait_until(lambda: not self._work_without_a_run(), what=lambda: str(self._work_without_a_run()))

    def _work_without_a_run(self) -> set[str]:
        """Executions are looked at first, so that a run that begins meanwhile is not missed."""
        open_ = self.ground.open_executions()
        live = self.ground.sql("SELECT execution_name FROM campaign_runs WHERE state <> 'ended'")
        return open_ - {name for (name,) in live}


@pytest.fixture
def proxies(ground: Ground) -> Iterator[dict[str, TcpProxy]]:
    aws = urlsplit(ground.aws.endpoint_url)
    with ExitStack() as stack:
        yield {
            "postgres": stack.enter_context(TcpProxy(ground.postgres.host, ground.postgres.port)),
            "redis": stack.enter_context(TcpProxy(ground.redis.host, ground.redis.port)),
            "aws": stack.enter_context(TcpProxy(aws.hostname or "", aws.port or 0)),
        }


def test_two_hundred_rounds_end_in_agreement(ground: Ground, proxies: dict[str, TcpProxy]) -> None:
    ways = {
        "DB_PORT": str(proxies["postgres"].port),
        "REDIS_PORT": str(proxies["redis"].port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxies['aws'].port}",
    }
    with ground.on(ways=ways, limits=LIMITS) as harmed, ground.on(limits=LIMITS) as whole:
        rounds = Rounds(harmed, proxies, random.Random(SEED))
        try:
            rounds.play(ROUNDS)
            whole.pass_grace()
            rounds.told.append(str(whole.reconcile()))
            require_agreement(whole)
            require_rest(whole)
        except Exception as broken:
            told = "\n".join(rounds.told)
            raise AssertionError(f"seed {SEED}: {broken}\n{told}") from broken
