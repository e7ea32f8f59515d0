"""What is published is the same bytes wherever and whenever it is built, and tells what it is made of."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bill_of_materials import bill_of_materials, complete, validate
from pinned_requirements import ROOT, SHIPPED, pins
from release import base_image, write_checksums
from service_package import remove_what_tells_of_this_machine, write_zip

PACKAGES = Path(sysconfig.get_paths()["purelib"])
NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv", ".localstack", "build", "dist", "__pycache__", ".*_cache", ".hypothesis"
)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def build(source: Path, target: Path) -> dict[str, str]:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
    return digests(target)


def test_sdist_and_wheel_are_the_same_from_another_folder_with_other_dates_and_modes(tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere"
    shutil.copytree(ROOT, copied, ignore=NOT_SOURCE)
    for path in copied.rglob("*"):
        os.utime(path, (86_400, 86_400))
        path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
    first = build(ROOT, tmp_path / "first")
    assert {Path(name).suffix for name in first} == {".gz", ".whl"}
    assert build(copied, tmp_path / "second") == first


def test_a_zip_is_the_same_whatever_the_dates_modes_and_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_some_order = Path.rglob
    archives = []
    for number in (0, 1):
        folder = tmp_path / str(number)
        for name in ("a.py", "b/c.py", "d.py"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
            (folder / name).chmod(0o600 if number else 0o644)
            os.utime(folder / name, (number * 86_400, number * 86_400))
        write_zip(folder, tmp_path / f"{number}.zip")
        archives.append((tmp_path / f"{number}.zip").read_bytes())
        monkeypatch.setattr(Path, "rglob", lambda *asked: reversed(list(in_some_order(*asked))))
    assert archives[0] == archives[1]


def test_what_tells_of_this_machine_is_not_in_a_zip(tmp_path: Path) -> None:
    """A RECORD has the hash of each program, which begins with the path of the Python that it was installed for."""
    for name in (
        "bin/jp.py",
        ".lock",
        "jmespath-1.1.0.dist-info/RECORD",
        "jmespath-1.1.0.dist-info/METADATA",
        "six.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    remove_what_tells_of_this_machine(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"jmespath-1.1.0.dist-info/METADATA", "six.py"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image holds of other people's packages: of each, what it says of itself."""
    folder = tmp_path_factory.mktemp("deployed")
    for pin in (pin for path in SHIPPED for pin in pins(path) if pin.applies_where_deployed()):
        (described,) = PACKAGES.glob(f"{pin.name.replace('-', '_')}-{pin.version}.dist-info")
        shutil.copytree(described, folder / described.name)
    shutil.copytree(PACKAGES / "psycopg_binary.libs", folder / "psycopg_binary.libs")
    return folder


@pytest.fixture(scope="module")
def bill(deployed: Path) -> str:
    return bill_of_materials(deployed, SHIPPED, base_image())


def components(bill: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in json.loads(bill)["components"]}


def test_the_bill_has_every_package_with_licence_and_hashes_and_the_base_image(bill: str) -> None:
    found = components(bill)
    image = found.pop("python")
    assert (image["type"], image["version"]) == ("container", base_image().partition(":")[2])
    allowed = {pin.name: pin for path in SHIPPED for pin in pins(path) if pin.applies_where_deployed()}
    assert {name.replace("_", "-") for name in found} == set(allowed)
    for name, component in found.items():
        pin = allowed[name.replace("_", "-")]
        assert component["purl"] == f"pkg:pypi/{pin.name}@{pin.version}"
        assert component["licenses"], name
        (files,) = [one for one in component["externalReferences"] if one["url"] == component["purl"]]
        assert {one["content"] for one in files["hashes"]} == set(pin.sha256)
    needs = {one["ref"]: one.get("dependsOn", []) for one in json.loads(bill)["dependencies"]}
    assert any(one.startswith("botocore==") for one in needs[found["boto3"]["bom-ref"]])


def test_the_bill_has_the_libraries_that_a_wheel_carries(bill: str) -> None:
    carried = components(bill)["psycopg-binary"]["components"]
    assert any(one["name"].startswith("psycopg_binary.libs/libpq") and one["hashes"] for one in carried)
    assert any(one["name"].startswith("psycopg_binary.libs/libcrypto") for one in carried)


def test_the_bill_is_the_same_again(bill: str, deployed: Path) -> None:
    assert bill_of_materials(deployed, SHIPPED, base_image()) == bill


def test_a_folder_that_holds_something_else_has_no_bill(bill: str, deployed: Path) -> None:
    held = {"components": [one for one in json.loads(bill)["components"] if one["type"] == "library"]}
    complete(held, deployed, SHIPPED)
    with pytest.raises(ValueError, match=r"differ: .*awslambdaric"):
        complete(held, deployed, SHIPPED[:1])
    held["components"][0]["version"] = "0.0.1"
    with pytest.raises(ValueError, match=r"differ: .* 0\.0\.1"):
        complete(held, deployed, SHIPPED)


def test_a_bill_that_does_not_fit_its_schema_is_refused(bill: str) -> None:
    wrong = json.loads(bill)
    wrong["components"][0]["type"] = "something"
    with pytest.raises(jsonschema_rs.ValidationError, match="something"):
        validate(json.dumps(wrong))


def test_the_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_bytes(b"one")
    (tmp_path / "folder").mkdir()
    write_checksums(tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "one.zip").write_bytes(b"another")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1
