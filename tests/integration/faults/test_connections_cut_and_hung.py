"""Each dependency hangs, is cut or refuses, behind a proxy: answers in time, and nothing left half done (I15)."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from harming.agreement import require_agreement, require_rest
from harming.ground import Ground
from network.proxy import TcpProxy

LONGEST_SECONDS = 10.0
"""What section E4 of the protocol allows an answer while any one dependency hangs."""


@contextmanager
def proxied(ground: Ground, dependency: str) -> Iterator[tuple[Ground, TcpProxy]]:
    """The same ground, with a proxy before one dependency."""
    aws = urlsplit(ground.aws.endpoint_url)
    targets = {
        "postgres": (ground.postgres.host, ground.postgres.port),
        "redis": (ground.redis.host, ground.redis.port),
        "aws": (aws.hostname or "", aws.port or 0),
    }
    with TcpProxy(*targets[dependency]) as proxy:
        ways = {
            "postgres": {"DB_PORT": str(proxy.port)},
            "redis": {"REDIS_PORT": str(proxy.port)},
            "aws": {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"},
        }
        with ground.on(ways=ways[dependency]) as own:
            yield own, proxy


def harm(proxy: TcpProxy, fault: str) -> None:
    if fault == "hangs":
        proxy.hangs.set()
    elif fault == "refuses":
        proxy.refuses.set()
        proxy.cut()
    else:
        proxy.cut()


def heal(proxy: TcpProxy) -> None:
    proxy.hangs.clear()
    proxy.refuses.clear()
    proxy.cut()


CODES: dict[str, set[str | None]] = {
    "postgres": {"store_unavailable"},
    "redis": {None},
    "aws": {None, "dispatch_unconfirmed", "dispatcher_unavailable"},
}


@pytest.mark.parametrize("fault", ["hangs", "refuses", "is cut"])
@pytest.mark.parametrize("dependency", ["postgres", "redis", "aws"])
def test_every_action_is_answered_in_time_and_nothing_is_left_half_done(
    ground: Ground, dependency: str, fault: str
) -> None:
    with proxied(ground, dependency) as (own, proxy):
        campaigns: dict[str, str] = {}
        for campaign_type in ("voice", "sms"):
            draft, running, resting = (own.put_campaign(campaign_type) for _ in range(3))
            assert own.ask("start", running)["success"]
            assert own.ask("start", resting)["success"]
            assert own.ask("pause", resting)["success"]
            campaigns |= {draft: "start", running: "stop", resting: "resume"}
        harm(proxy, fault)
        for campaign, action in campaigns.items():
            began = time.monotonic()
            answer = own.ask(action, campaign, idempotencyKey="the-key")
            seconds = time.monotonic() - began
            where = f"{action} of {campaign} while {dependency} {fault}: {seconds:.1f} s, {answer}"
            assert seconds <= LONGEST_SECONDS, where
            # One cut is healed by one reconnection; what goes on hanging or refusing is told.
            assert answer.get("errorCode") in CODES[dependency] | ({None} if fault == "is cut" else set()), where
            assert answer["success"] or answer["retryable"], where
            assert answer["success"] or answer["message"], where
        heal(proxy)
        own.pass_grace()
        own.reconcile()
        require_agreement(own)
        require_rest(own)
        wanted = {"start": "active", "stop": "cancelled", "resume": "active"}
        for campaign, action in campaigns.items():
            answer = own.ask(action, campaign, idempotencyKey="the-key")
            assert answer["success"], answer
            assert own.sql("SELECT status FROM campaigns WHERE id = %s", campaign) == [(wanted[action],)]


@pytest.mark.parametrize("hanging", ["voice", "sms"])
def test_while_one_channel_s_dispatcher_hangs_the_other_goes_on(ground: Ground, hanging: str) -> None:
    """Property 27 under fault, without a clock: all of the other's actions are answered before the hanging one."""
    other = {"voice": "sms", "sms": "voice"}[hanging]
    with proxied(ground, "aws") as (stuck, proxy):
        # Few enough to be done, on a slow machine too, before the one that hangs gives up.
        campaigns = [ground.put_campaign(other)]
        victim = ground.put_campaign(hanging)
        assert stuck.ask("start", stuck.put_campaign(hanging))["success"]
        for campaign in campaigns:
            ground.ask("status", campaign)
        proxy.hangs.set()
        answers: list[tuple[str, bool]] = []
        asking = threading.Thread(target=lambda: answers.append((victim, stuck.ask("start", victim)["success"])))
        asking.start()
        ground.wait_until(
            lambda: bool(ground.sql("SELECT 1 FROM campaign_runs WHERE campaign_id = %s", victim)),
            what=lambda: "the start that is to hang has been admitted",
        )
        for action in ("start", "pause", "resume", "stop"):
            answers += [(action, ground.ask(action, campaign)["success"]) for campaign in campaigns]
        asking.join()
        assert answers == [
            *((action, True) for action in ("start", "pause", "resume", "stop")),
            (victim, False),
        ]
        heal(proxy)
        ground.pass_grace()
        ground.reconcile()
        require_agreement(ground)
