"""The template with the files that it names put in their places, so that it is one document.

``aws cloudformation package`` uploads these files instead. One document deploys alike everywhere, and SAM sees the
API's paths, so that its authorizer reaches every one of them.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from campaign_orchestrator.local.examples_folder import PACKAGE, examples_folder

TEMPLATE: Final = "template.yaml"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads CloudFormation's short forms: ``!Ref x`` is ``{"Ref": "x"}``."""


def _long_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def deploy_folder() -> Path:
    """The folder ``deploy`` of the checkout, or its copy in an installed package."""
    candidates = (PACKAGE / "local" / "deploy", PACKAGE.parents[2] / "deploy")
    for candidate in candidates:
        if (candidate / TEMPLATE).is_file():
            return candidate
    raise FileNotFoundError(f"the template is in none of {', '.join(map(str, candidates))}")


def read_template(name: str = TEMPLATE) -> dict[str, Any]:
    """A file of the folder, CloudFormation's short forms written out."""
    text = (deploy_folder() / name).read_text()
    template: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with more tags
    return template


def self_contained_template() -> str:
    """The template as JSON that names no other file."""
    template = read_template()
    resources = template["Resources"]
    api = resources["Api"]["Properties"]
    api["DefinitionBody"] = read_template(api["DefinitionBody"]["Fn::Transform"]["Parameters"]["Location"])
    workflow = resources["VoiceWorkflow"]["Properties"]
    definition = examples_folder() / workflow.pop("DefinitionUri").removeprefix("../examples/")
    workflow["Definition"] = json.loads(definition.read_text())
    return json.dumps(template, indent=1)
