"""Every campaign listing: what campaigns there are, page by page."""

from collections.abc import Iterator

import pytest

from asking.requests import admission
from asking.stores import InMemoryStoreUnderTest, PostgresStoreUnderTest, StoreUnderTest
from orchestrator_domain.errors import InvalidRequest
from orchestrator_domain.listing import CampaignPage, ListQuery
from orchestrator_domain.ports.campaign_listing import CampaignListing

CAMPAIGNS = {
    "a1": ("sms", "draft"),
    "a2": ("voice", "active"),
    "b1": ("sms", "active"),
    "b2": ("hybrid", "paused"),
    "c1": ("sms", "active"),
}


@pytest.fixture
def listed(store: StoreUnderTest) -> StoreUnderTest:
    for campaign, (campaign_type, status) in reversed(CAMPAIGNS.items()):
        store.put_campaign(campaign, campaign_type=campaign_type, status=status, config={"secret": 1})
    return store


def ids(page: CampaignPage) -> list[str]:
    return [campaign.campaign_id for campaign in page.campaigns]


def pages(listing: CampaignListing, **query: object) -> Iterator[CampaignPage]:
    """All pages of one listing, each behind the one before."""
    page = listing.page(ListQuery(**query))  # type: ignore[arg-type]
    yield page
    for _ in CAMPAIGNS:
        if page.after is None:
            return
        page = listing.page(ListQuery(**query, after=page.after))  # type: ignore[arg-type]
        yield page
    assert page.after is None, "there are more pages than campaigns"


def test_without_a_filter_every_campaign_is_shown_in_order(listed: StoreUnderTest) -> None:
    page = listed.campaign_listing.page(ListQuery())
    assert ids(page) == sorted(CAMPAIGNS)
    assert page.after is None
    assert [(one.campaign_type, one.status) for one in page.campaigns] == list(CAMPAIGNS.values())


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"statuses": ("active",)}, ["a2", "b1", "c1"]),
        ({"statuses": ("active", "paused")}, ["a2", "b1", "b2", "c1"]),
        ({"campaign_types": ("sms",)}, ["a1", "b1", "c1"]),
        ({"campaign_types": ("hybrid", "voice"), "statuses": ("active",)}, ["a2"]),
        ({"statuses": ("of another kind",)}, []),
    ],
)
def test_filters_leave_what_has_one_of_their_words(
    listed: StoreUnderTest, query: dict[str, tuple[str, ...]], wanted: list[str]
) -> None:
    page = listed.campaign_listing.page(ListQuery(**query))  # type: ignore[arg-type]
    assert ids(page) == wanted


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_show_each_campaign_once(listed: StoreUnderTest, limit: int) -> None:
    shown = [ids(page) for page in pages(listed.campaign_listing, limit=limit)]
    assert [one for page in shown for one in page] == sorted(CAMPAIGNS)
    assert all(len(page) <= limit for page in shown)


@pytest.mark.parametrize("most_rows", [1, 2])
def test_a_rare_campaign_is_found_although_a_page_looks_at_few_rows(listed: StoreUnderTest, most_rows: int) -> None:
    shown = list(pages(listed.listing_that_looks_at(most_rows), statuses=("paused",)))
    assert [one for page in shown for one in ids(page)] == ["b2"]
    assert len(shown) > 2


def test_a_campaign_comes_with_its_latest_run_and_nothing_large(listed: StoreUnderTest) -> None:
    listed.repository.admit(admission("a1"))
    (first, second) = listed.campaign_listing.page(ListQuery(limit=2)).campaigns
    assert first.status == "active"
    assert first.latest_run is not None
    assert (first.latest_run.number, first.latest_run.dispatch_input, dict(first.config)) == (1, b"", {})
    assert second.latest_run is None


def test_both_stores_are_ordered_alike(
    memory_store: InMemoryStoreUnderTest, postgres_store: PostgresStoreUnderTest
) -> None:
    for store in (memory_store, postgres_store):
        for campaign in ("b", "A", "_", "9", "a-1", "a1"):
            store.put_campaign(campaign)
    assert ids(memory_store.campaign_listing.page(ListQuery())) == ids(
        postgres_store.campaign_listing.page(ListQuery())
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
        ({"after": "a b"}, "cursor"),
        ({"statuses": ("",)}, "statuses"),
        ({"campaign_types": ("x" * 65,)}, "campaignTypes"),
        ({"statuses": tuple("abcdefghijklmnopqrstuvwxyz")}, "statuses"),
    ],
)
def test_a_query_that_means_nothing_is_refused(query: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ListQuery(**query)  # type: ignore[arg-type]
    assert refused.value.field == field
