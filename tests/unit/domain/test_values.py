"""Values are equal, hashed and shown as attrs would have it, without a method of their own for each class."""

from attrs import field, frozen

from orchestrator_domain.run import Progress, RunIdentity
from orchestrator_domain.value import Value


@frozen(kw_only=True, eq=False, repr=False)
class Place(Value):
    name: str
    number: int | None = None
    secret: str = field(default="", repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OtherPlace(Value):
    name: str
    number: int | None = None
    secret: str = ""


def test_the_same_parts_make_the_same_value() -> None:
    assert Place(name="a", number=1) == Place(name="a", number=1)
    assert hash(Place(name="a", number=1)) == hash(Place(name="a", number=1))
    assert len({Place(name="a"), Place(name="a"), Place(name="b")}) == 2
    assert hash(Place(name="a")) != hash(Place(name="b"))


def test_one_other_part_makes_another_value() -> None:
    assert Place(name="a", number=1) != Place(name="a", number=2)
    assert Place(name="a", secret="x") != Place(name="a", secret="y")
    assert RunIdentity(campaign_id="a", number=1) != RunIdentity(campaign_id="b", number=1)


def test_a_value_of_another_class_is_another_value() -> None:
    assert Place(name="a") != OtherPlace(name="a")
    assert Place(name="a") != ("a", None, "")
    assert Progress() != "Progress()"


def test_what_is_hidden_is_not_shown() -> None:
    assert repr(Place(name="a", number=1, secret="told to nobody")) == "Place(name='a', number=1)"
    assert repr(Progress(sent=2)) == "Progress(total=0, sent=2, skipped=0, failed=0)"


def test_a_class_within_a_function_is_shown_by_its_own_name() -> None:
    @frozen(kw_only=True, eq=False, repr=False)
    class Within(Value):
        name: str

    assert repr(Within(name="a")) == "Within(name='a')"


def test_a_value_has_no_room_for_what_is_none_of_its_parts() -> None:
    assert not hasattr(Place(name="a"), "__dict__")
