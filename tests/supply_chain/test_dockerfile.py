"""What the image's recipe promises: where there is no container daemon, no image can be built and looked into."""

import re
from pathlib import Path

import pytest

from pinned_requirements import ROOT
from release import base_image

RECIPE = (ROOT / "deploy/Dockerfile").read_text()
IGNORED = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what follows it, in order."""
    joined = re.sub(r"\\\n\s*", " ", RECIPE)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(number for number, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def test_it_runs_as_nobody_and_without_a_shell() -> None:
    stage = last_stage()
    users = [rest for word, rest in stage if word == "USER"]
    assert users, "an image without USER runs as root"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    started = {word: rest for word, rest in stage if word in {"ENTRYPOINT", "CMD"}}
    assert set(started) == {"ENTRYPOINT", "CMD"}
    assert all(rest.startswith("[") for rest in started.values()), "the other form starts a shell"


def test_nothing_is_installed_or_fetched_in_what_is_deployed() -> None:
    assert {word for word, _ in last_stage()} == {"FROM", "ENV", "COPY", "WORKDIR", "USER", "ENTRYPOINT", "CMD"}
    assert not {"ADD", "SHELL", "ONBUILD"} & {word for word, _ in instructions()}


def test_packages_are_installed_by_their_hashes_as_wheels() -> None:
    (installation,) = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    assert "--require-hashes" in installation
    assert "--only-binary :all:" in installation
    assert not re.search(r"https?://|curl|wget|--index-url|--trusted-host|apt-get", RECIPE.split("\n", 5)[-1])


def test_both_stages_have_one_base_of_an_exact_version() -> None:
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", base_image())
    bases = [rest.split(" ")[0] for word, rest in instructions() if word == "FROM"]
    assert bases == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


def test_no_secret_can_be_in_a_layer() -> None:
    told = [rest for word, rest in instructions() if word in {"ENV", "ARG"}]
    assert not [rest for rest in told if re.search(r"(?i)passw|secret|token|key|credential", rest)]
    assert IGNORED[1] == "*", "only what is named is sent to the builder"
    assert all((ROOT / line.removeprefix("!")).exists() for line in IGNORED if line.startswith("!"))


@pytest.mark.parametrize("path", [line.removeprefix("!") for line in IGNORED if line.startswith("!")])
def test_what_is_sent_is_copied(path: str) -> None:
    assert path in RECIPE or Path(path).name in RECIPE


def test_a_rule_that_the_scan_leaves_out_has_its_reason() -> None:
    lines = [line.strip() for line in (ROOT / "deploy/scan.yaml").read_text().splitlines() if "CKV" in line]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"- CKV_\w+ # .{30,}", line)] == []
