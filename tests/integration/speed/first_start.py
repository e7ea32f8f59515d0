"""A process that answers one event by the Lambda function's handler, and tells what it has loaded for it.

python first_start.py REQUIREMENTS EVENT

Nothing is there for it but the standard library, our packages, and what the file REQUIREMENTS names, as in what
is deployed: some libraries look for others, and load what a developer's machine has and the package has not.
"""

import importlib.abc
import importlib.metadata
import json
import re
import sys

OURS = {"orchestrator_domain", "orchestrator_adapters", "campaign_orchestrator"}


def packed_modules(requirements: str) -> set[str]:
    """The names of the packages that the requirements bring."""
    with open(requirements) as lines:
        packed = {re.split(r"[=\[ ]", line)[0].lower() for line in lines if re.match(r"[A-Za-z]", line)}
    return {
        module
        for module, distributions in importlib.metadata.packages_distributions().items()
        if packed & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions}
    }


class NothingElse(importlib.abc.MetaPathFinder):
    """Finds nothing that is not in the package."""

    def __init__(self, packed: set[str]) -> None:
        self.there = packed | OURS | set(sys.stdlib_module_names)

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name.partition(".")[0] not in self.there and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


compiled: list[str] = []
sys.addaudithook(lambda name, given: compiled.append(str(given[1])) if name == "compile" else None)


class Context:
    aws_request_id = "first"

    def get_remaining_time_in_millis(self) -> int:
        return 25_000


def main() -> None:
    packed = packed_modules(sys.argv[1])
    loaded_before = set(sys.modules)
    sys.meta_path.insert(0, NothingElse(packed))
    from campaign_orchestrator.lambda_handler import handler

    answer = handler(json.loads(sys.argv[2]), Context())
    modules = sorted(set(sys.modules) - loaded_before)

    import gc

    gc.unfreeze()

    from orchestrator_adapters.aws.direct_client import DirectClient

    clients = [one.service for one in gc.get_objects() if isinstance(one, DirectClient)]
    sources = [name for name in compiled if name.endswith(".py") and name != __file__]
    told = {"answer": answer, "modules": modules, "clients": clients, "compiled": sources}
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
