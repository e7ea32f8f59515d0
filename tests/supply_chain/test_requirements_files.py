"""Whatever is installed is one version, known by its hash, and comes from no address that a file names."""

from pathlib import Path

import pytest

from pinned_requirements import LOCALSTACK, ROOT, SHIPPED, pins, requirements_files

HASH = "--hash=sha256:" + "0a" * 32


@pytest.mark.parametrize("path", requirements_files(), ids=lambda path: path.name)
def test_every_entry_is_one_version_with_hashes_and_no_address(path: Path) -> None:
    assert pins(path)


def test_every_list_that_is_chosen_from_has_its_versions() -> None:
    chosen = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert chosen == {path.stem for path in requirements_files() if path != LOCALSTACK} - {"lambda"} | {
        "localstack"
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_is_deployed_is_what_is_tested(path: Path) -> None:
    tested = {(pin.name, pin.version) for pin in pins(ROOT / "requirements/dev.txt")}
    deployed = {(pin.name, pin.version) for pin in pins(path) if pin.applies_where_deployed()}
    assert deployed <= tested


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("attrs==26.1.0", "has no --hash"),
        ("attrs==26.1.0 --hash=md5:" + "0a" * 16, "neither a package nor"),
        ("attrs==26.1.0 --hash=sha256:0a", "neither a package nor"),
        (f"attrs>=26.1.0 {HASH}", "not pinned"),
        (f"attrs==26.* {HASH}", "not pinned"),
        (f"attrs {HASH}", "not pinned"),
        (f"attrs @ https://example.test/attrs.whl {HASH}", "addresses are not allowed"),
        ("--index-url https://example.test/simple", "addresses are not allowed"),
        ("-i https://example.test/simple", "addresses are not allowed"),
        ("--find-links wheels", "addresses are not allowed"),
        ("-r another.txt", "addresses are not allowed"),
    ],
)
def test_anything_else_is_refused(entry: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text(f"six==1.17.0 \\\n    {HASH}\n{entry}\n")
    with pytest.raises(ValueError, match=said):
        pins(path)
