"""Random histories, from seeds that are printed; a failure is told with the smallest history that fails alike."""

import pytest
from broken_protocols import BROKEN_PROTOCOLS, Breaking, knows_no_names
from drawing import Drawing
from findings import broken_by, find_first
from history_steps import read, written
from run_many import main

BLOCKS, HISTORIES_A_BLOCK = 12, 200
ENOUGH_TO_FIND = 400


@pytest.mark.parametrize("block", range(BLOCKS))
def test_histories_are_safe_and_converge(block: int) -> None:
    finding = find_first(range(block * HISTORIES_A_BLOCK, (block + 1) * HISTORIES_A_BLOCK))
    assert finding is None, str(finding)


def test_a_history_follows_from_its_seed() -> None:
    drawings = [Drawing(4), Drawing(4)]
    for drawing in drawings:
        drawing.history.is_traced = True
        drawing.play()
    assert drawings[0].history.trace == drawings[1].history.trace
    assert len(drawings[0].history.trace) > 20


@pytest.mark.parametrize("break_it", BROKEN_PROTOCOLS, ids=lambda breaking: breaking.__name__)
def test_a_broken_protocol_is_found_within_the_normal_run(
    monkeypatch: pytest.MonkeyPatch, break_it: Breaking
) -> None:
    break_it(monkeypatch)
    assert find_first(range(ENOUGH_TO_FIND), smallest=False) is not None


def test_what_is_told_of_a_broken_promise_is_small_and_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as broken:
        knows_no_names(broken)
        finding = find_first(range(ENOUGH_TO_FIND))
        assert finding is not None
        assert len(finding.fewest) < len(finding.steps) / 3
        assert broken_by(read(written(finding.fewest))) == finding.promise
        assert f"SEED={finding.seed}" in str(finding)
        assert f"REPLAY='{written(finding.fewest)}'" in str(finding)
        assert main(["--replay", written(finding.fewest)]) == 1
        assert f"BROKEN {finding.promise}" in capsys.readouterr().out
        assert main([str(ENOUGH_TO_FIND), "0"]) == 1
        assert "make simulate REPLAY=" in capsys.readouterr().out
    assert main(["--replay", written(finding.fewest)]) == 0
    assert main(["3", "0"]) == 0
    assert "histories" in capsys.readouterr().out
