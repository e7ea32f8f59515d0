"""Whatever event comes: an answer with a code, and nothing of what it held in the log (issue 7)."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking.answers_to_anybody import DIRECT_AND_RECORDED, Anybody, right_events
from asking.hostile_values import FIELDS, HOSTILE, bent
from orchestrator_adapters.wire.event_shapes import EventShape, shape_of

RIGHT = right_events()


def test_there_is_a_right_event_of_each_shape_and_each_is_answered() -> None:
    assert {shape_of(event) for event in RIGHT} == set(EventShape)
    anybody = Anybody()
    for event in RIGHT:
        assert anybody.send(event) is not None


@pytest.mark.parametrize("number", range(DIRECT_AND_RECORDED))
def test_each_field_of_each_event_may_hold_anything(number: int) -> None:
    """Every value of the event, replaced by each hostile value in its turn."""
    anybody = Anybody()
    for place in places_of(RIGHT[number]):
        for value in HOSTILE:
            anybody.send(replaced(RIGHT[number], place, value))


@settings(max_examples=2_000, deadline=None)
@given(number=st.integers(0, len(RIGHT) - 1), seed=st.integers(0, 2**32), changes=st.integers(1, 6))
def test_a_right_event_that_was_bent_is_answered(number: int, seed: int, changes: int) -> None:
    Anybody().send(bent(RIGHT[number], random.Random(seed), changes=changes))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=250, deadline=None)
@given(event=json_values)
def test_any_json_is_answered(event: Any) -> None:
    Anybody().send(event)


def places_of(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(one for key, below in inner for one in places_of(below, (*place, key)))]


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = replaced(copy[place[0]], place[1:], by)
    return copy
