"""CycloneDX bills of materials: what a deployed folder really holds, with licences, hashes and libraries.

cyclonedx-py reads the packages from the folder itself. Added are the hashes that each package was allowed to be
installed by, and the shared libraries that a wheel carries within it, which no requirements file names.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from packaging.utils import canonicalize_name

from pinned_requirements import ROOT, Pin, pins

TOOLS: Final = ROOT / "build/release-tools/bin"
SCHEMA: Final = "1.6"
SCHEMA_ADDRESS: Final = "http://cyclonedx.org/schema/"
"""What CycloneDX's schemas call one another by; they are read from cyclonedx-python-lib, which ships them."""


def bill_of_materials(folder: Path, requirements: Iterable[Path], base_image: str | None = None) -> str:
    """The bill of a folder of packages, as JSON that the schema allows.

    Raises:
        ValueError: the folder holds another package or version than the requirements files pin.
        jsonschema_rs.ValidationError: the bill does not fit its schema.
    """
    bill = packages(folder)
    complete(bill, folder, requirements)
    if base_image:
        bill["components"].append(_container(base_image))
    text = json.dumps(bill, indent=1, sort_keys=True) + "\n"
    validate(text)
    return text


def complete(bill: dict[str, Any], folder: Path, requirements: Iterable[Path]) -> None:
    """Add to each package of ``bill`` the files it may come from and the libraries that it carries.

    Raises:
        ValueError: the folder holds another package or version than the requirements files pin.
    """
    allowed = {pin.name: pin for path in requirements for pin in pins(path) if pin.applies_where_deployed()}
    held = {canonicalize_name(one["name"]): one for one in bill["components"]}
    differing = {f"{name} {one['version']}" for name, one in held.items()} ^ {
        f"{pin.name} {pin.version}" for pin in allowed.values()
    }
    if differing:
        raise ValueError(f"{folder.name} and its requirements differ: {', '.join(sorted(differing))}")
    for name, component in held.items():
        component.setdefault("externalReferences", []).append(_allowed_files(allowed[name], component["purl"]))
        libraries = _native_libraries(folder, name.replace("-", "_"))
        if libraries:
            component["components"] = libraries


def validate(text: str) -> None:
    """Hold a bill against CycloneDX's own schema.

    Raises:
        jsonschema_rs.ValidationError: it does not fit.
    """
    (shipped,) = TOOLS.parent.glob("lib/python*/site-packages/cyclonedx/schema/_res")
    named = {path.name: json.loads(path.read_text()) for path in shipped.glob("*.schema.json")}
    registry = jsonschema_rs.Registry([(SCHEMA_ADDRESS + name, schema) for name, schema in named.items()])
    rules = jsonschema_rs.validator_for(named[f"bom-{SCHEMA}.SNAPSHOT.schema.json"], registry=registry)
    rules.validate(json.loads(text))


def packages(folder: Path) -> dict[str, Any]:
    """What cyclonedx-py finds in an environment that has this folder and nothing else."""
    with tempfile.TemporaryDirectory() as environment:
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "venv", "--quiet", "--python", sys.executable, environment]
        subprocess.run(command, check=True)  # noqa: S603 - our own words
        (packages,) = Path(environment).glob("lib/python*/site-packages")
        (packages / "deployed.pth").write_text(f"{folder.resolve()}\n")
        command = [
            str(TOOLS / "cyclonedx-py"),
            "environment",
            "--output-reproducible",
            "--no-validate",
            "--spec-version",
            SCHEMA,
        ]
        command += ["--pyproject", str(ROOT / "pyproject.toml"), f"{environment}/bin/python"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))  # noqa: S603 - likewise
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _allowed_files(pin: Pin, purl: str) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": one} for one in pin.sha256]
    return {"type": "distribution", "url": purl, "comment": "installed from one of these files", "hashes": hashes}


def _native_libraries(folder: Path, package: str) -> list[dict[str, Any]]:
    """The shared libraries that a wheel carries, and the operating system's packages that they were taken from."""
    files = [
        {
            "type": "file",
            "bom-ref": f"file:{path.relative_to(folder)}",
            "name": path.relative_to(folder).as_posix(),
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
        }
        for path in sorted(folder.glob(f"{package}.libs/*"))
    ]
    told = [json.loads(path.read_text()) for path in sorted(folder.glob(f"{package}-*.dist-info/sboms/*.json"))]
    taken_from = [
        {key: component[key] for key in ("type", "bom-ref", "name", "version", "purl")}
        for bill in told
        for component in bill["components"]
        if not component["purl"].startswith("pkg:pypi/")
    ]
    return [*files, *taken_from]


def _container(image: str) -> dict[str, Any]:
    name, _, version = image.partition(":")
    return {
        "type": "container",
        "bom-ref": f"container:{image}",
        "name": name,
        "version": version,
        "purl": f"pkg:docker/{name}@{version}",
        "description": "the base image of deploy/Dockerfile; what it holds is not in this bill",
    }
