"""The template with the files that it names put in their places, so that it is one document.

``aws cloudformation package`` uploads these files instead. One document deploys alike everywhere, and SAM sees the
API's paths, so that its authorizer reaches every one of them.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

TEMPLATE: Final = Path(__file__).with_name("template.yaml")


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


def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template, its short forms written out."""
    template: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a SafeLoader with more tags
    return template


def self_contained_template() -> str:
    """The template as JSON that names no other file."""
    template = read_template()
    resources = template["Resources"]
    api = resources["Api"]["Properties"]
    contract = TEMPLATE.parent / api["DefinitionBody"]["Fn::Transform"]["Parameters"]["Location"]
    api["DefinitionBody"] = read_template(contract)
    workflow = resources["VoiceWorkflow"]["Properties"]
    workflow["Definition"] = json.loads((TEMPLATE.parent / workflow.pop("DefinitionUri")).read_text())
    return json.dumps(template, indent=1)
