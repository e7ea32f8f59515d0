"""The packages that the deployed functions consist of."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from campaign_orchestrator.local.examples_folder import examples_folder

LIBRARY: Final = ("orchestrator_domain", "orchestrator_adapters", "campaign_orchestrator")
DISPATCHERS: Final = ("campaign_contacts", "sms_dispatcher", "voice_workflow", "text_during_call")


def deployed_packages() -> list[Path]:
    """The folder of each package; what they need of others comes with the runtime or the zip."""
    return [*(_folder_of(name) for name in LIBRARY), *(examples_folder() / name for name in DISPATCHERS)]


def link_code(folder: Path) -> None:
    """Let ``folder`` show every package, as a zip would, but as it is now and at any later time."""
    for package in deployed_packages():
        (folder / package.name).symlink_to(package, target_is_directory=True)


def _folder_of(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(name)
    return Path(next(iter(spec.submodule_search_locations)))
