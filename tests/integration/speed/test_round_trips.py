"""How often a caller waits for a server: counted on the wire, which no machine's speed can blur."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from attrs import define

from harming.ground import Ground
from network.proxy import TcpProxy

Trips = tuple[int, int, int]
"""To PostgreSQL, Redis and AWS."""


@define
class Road:
    """A ground that is reached through proxies which count."""

    ground: Ground
    proxies: tuple[TcpProxy, TcpProxy, TcpProxy]

    def trips_of(self, action: str, campaign: str | None = None) -> Trips:
        """The round trips of one request, which must succeed."""
        before = [proxy.round_trips for proxy in self.proxies]
        answer = self.ground.ask(action, campaign)
        assert answer.get("success", True), answer
        postgres, redis, aws = (
            proxy.round_trips - known for proxy, known in zip(self.proxies, before, strict=True)
        )
        return postgres, redis, aws


@pytest.fixture
def road(ground: Ground) -> Iterator[Road]:
    aws = urlsplit(ground.aws.endpoint_url)
    assert aws.hostname is not None
    assert aws.port is not None
    with ExitStack() as opened:
        postgres, redis, amazon = (
            opened.enter_context(TcpProxy(host, port))
            for host, port in (
                (ground.postgres.host, ground.postgres.port),
                (ground.redis.host, ground.redis.port),
                (aws.hostname, aws.port),
            )
        )
        ways = {
            "DB_PORT": str(postgres.port),
            "REDIS_PORT": str(redis.port),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{amazon.port}",
        }
        own = opened.enter_context(ground.on(ways=ways))
        made = Road(own, (postgres, redis, amazon))
        for campaign_type in ("voice", "sms"):  # connections are opened, scripts are sent, the machine is known
            campaign = own.put_campaign(campaign_type)
            for action in ("start", "pause", "resume", "stop"):
                assert own.ask(action, campaign)["success"]
        own.ask("status")
        yield made


def started(road: Road, campaign_type: str) -> str:
    campaign = road.ground.put_campaign(campaign_type)
    assert road.ground.ask("start", campaign)["success"]
    return campaign


def paused(road: Road, campaign_type: str) -> str:
    campaign = started(road, campaign_type)
    assert road.ground.ask("pause", campaign)["success"]
    return campaign


def draft(road: Road, campaign_type: str) -> str:
    return road.ground.put_campaign(campaign_type)


WARM: list[tuple[str, str, Callable[[Road, str], str], Trips]] = [
    ("start", "voice", draft, (2, 1, 1)),
    ("start", "hybrid", draft, (2, 1, 1)),
    ("start", "sms", draft, (2, 1, 1)),
    ("resume", "voice", paused, (2, 1, 1)),
    ("resume", "sms", paused, (2, 1, 1)),
    ("pause", "voice", started, (2, 1, 1)),
    ("pause", "sms", started, (2, 1, 0)),
    ("stop", "voice", started, (2, 1, 1)),
    ("stop", "sms", started, (2, 1, 0)),
    ("status", "sms", started, (1, 0, 0)),
    ("history", "sms", started, (1, 0, 0)),
]


@pytest.mark.parametrize(("action", "campaign_type", "made", "trips"), WARM)
def test_the_round_trips_that_a_caller_waits_for(
    road: Road, action: str, campaign_type: str, made: Callable[[Road, str], str], trips: Trips
) -> None:
    campaign = made(road, campaign_type)
    assert road.trips_of(action, campaign) == trips


def test_the_status_of_all_pools_is_one_round_trip_to_each_store(road: Road) -> None:
    started(road, "voice")
    started(road, "sms")
    assert road.trips_of("status") == (1, 1, 0)


def test_a_request_that_is_refused_asks_postgresql_and_nobody_else(road: Road) -> None:
    campaign = started(road, "sms")
    before = [proxy.round_trips for proxy in road.proxies]
    assert road.ground.ask("start", campaign)["errorCode"] == "invalid_state"
    assert [proxy.round_trips - known for proxy, known in zip(road.proxies, before, strict=True)] == [1, 0, 0]


def test_no_request_opens_a_connection_that_is_open_already(road: Road) -> None:
    known = [proxy.connections for proxy in road.proxies[:2]]
    started(road, "sms")
    paused(road, "voice")
    road.ground.ask("status")
    postgres, redis, _ = (proxy.connections for proxy in road.proxies)  # LocalStack closes each after its answer
    assert [postgres, redis] == known
