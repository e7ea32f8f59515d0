"""Which time zones a campaign may have, over every adapter: the names of the IANA database and nothing else."""

import pytest

from asking.requests import admission, unique
from asking.stores import StoreUnderTest
from orchestrator_domain.decisions import Verdict


def verdict(store: StoreUnderTest, timezone: str) -> Verdict:
    return store.repository.admit(admission(store.put_campaign(unique("c"), timezone=timezone))).verdict


@pytest.mark.parametrize(
    "timezone",
    ["Singapore", "Japan", "NZ-CHAT", "GMT0", "EST5EDT", "US/Eastern", "Etc/GMT-14", "America/Port-au-Prince"],
)
def test_every_kind_of_name_is_known(store: StoreUnderTest, timezone: str) -> None:
    assert verdict(store, timezone) is Verdict.ADMITTED


@pytest.mark.parametrize(
    "timezone",
    [
        "",
        "PST",
        "CEST",
        "+03",
        "UTC+3",
        "Foo/Bar3",
        "Foo/Bar+3",
        "Etc/GMT+20",
        "europe/berlin",
        "EUROPE/BERLIN",
        "EST5EDT,M3.2.0,M11.1.0",
        "Europe/Berlin\n",
        "../etc/passwd",
        "x" * 300,
    ],
)
def test_what_only_looks_like_a_zone_is_refused(store: StoreUnderTest, timezone: str) -> None:
    assert verdict(store, timezone) is Verdict.INVALID_CAMPAIGN
