"""Leaves of botocore's descriptions of AWS what the functions call.

botocore brings a description of every service, and making a client reads all of the service's own, a list of the
addresses of all services, and the names of all folders: most of what a client costs at a cold start.

python deploy/service_data.py FOLDER    trims the folder "data" of a botocore
"""

import gzip
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Operations = Mapping[str, Sequence[str]]
OPERATIONS: Final = Path(__file__).with_name("aws_operations.json")
MODEL, RULES = "service-2", "endpoint-rule-set-1"
TEXTS: Final = ("documentation", "documentationUrl", "smithy", "examples")


def called_operations() -> Operations:
    """What the functions call: the operations of each service, by botocore's names."""
    called: Operations = json.loads(OPERATIONS.read_text())
    return called


def trim(data: Path, operations: Operations) -> None:
    """Trim botocore's folder ``data`` in place.

    Raises:
        KeyError: a service has no such operation.
    """
    for service in [folder for folder in data.iterdir() if folder.is_dir()]:
        if service.name not in operations:
            shutil.rmtree(service)
    for name, wanted in operations.items():
        *older, newest = sorted(folder for folder in (data / name).iterdir() if folder.is_dir())
        for folder in older:
            shutil.rmtree(folder)
        model, rules = _read(newest / MODEL), _read(newest / RULES)
        for path in newest.iterdir():
            path.unlink()
        _write(newest / MODEL, trimmed_model(model, wanted))
        _write(newest / RULES, _without_texts(rules))
    prefixes = {_read(next((data / name).iterdir()) / MODEL)["metadata"]["endpointPrefix"] for name in operations}
    _write(data / "endpoints", trimmed_endpoints(_read(data / "endpoints"), prefixes))


def trimmed_model(model: Mapping[str, Any], operations: Sequence[str]) -> dict[str, Any]:
    """The model with these operations, and with the shapes that they reach."""
    kept = {name: model["operations"][name] for name in operations}
    reached: dict[str, Any] = {}
    open_names = [found for operation in kept.values() for found in _names_of_shapes(operation)]
    while open_names:
        name = open_names.pop()
        if name not in reached:
            reached[name] = model["shapes"][name]
            open_names += _names_of_shapes(reached[name])
    return {**_without_texts(model), "operations": _without_texts(kept), "shapes": _without_texts(reached)}


def trimmed_endpoints(endpoints: Mapping[str, Any], prefixes: set[str]) -> dict[str, Any]:
    """The addresses of the services with these prefixes, in every partition."""
    partitions = [
        {**partition, "services": {name: one for name, one in partition["services"].items() if name in prefixes}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _names_of_shapes(part: Any) -> list[str]:
    """The names that any ``shape`` in ``part`` has."""
    if isinstance(part, list):
        return [name for one in part for name in _names_of_shapes(one)]
    if not isinstance(part, dict):
        return []
    own = [part["shape"]] if isinstance(part.get("shape"), str) else []
    return own + [name for one in part.values() for name in _names_of_shapes(one)]


def _without_texts(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_texts(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {name: _without_texts(one) for name, one in part.items() if name not in TEXTS or isinstance(one, dict)}


def _read(path: Path) -> Any:
    plain = path.with_name(path.name + ".json")
    if plain.exists():
        return json.loads(plain.read_bytes())
    return json.loads(gzip.decompress(path.with_name(path.name + ".json.gz").read_bytes()))


def _write(path: Path, content: Any) -> None:
    file = path.with_name(path.name + ".json")
    file.unlink(missing_ok=True)  # an installer may have linked it to its cache, which must not change
    file.write_text(json.dumps(content, separators=(",", ":"), sort_keys=True))


if __name__ == "__main__":
    trim(Path(sys.argv[1]), called_operations())
