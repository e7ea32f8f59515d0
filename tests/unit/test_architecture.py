"""Rules of the house that a linter does not know."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MOST_LINES = 280  # the error tree is the largest; most files stay below 200
OF_EARLIER_VERSIONS = {"campaign_admit", "campaign_admit_durably"}
"""What only their code calls."""
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|manager|misc)(_|$)")
SHIPPED = [
    "orchestrator_adapters/postgres/migrations/0001_tables.sql",
    "orchestrator_adapters/postgres/doors/40_admit.sql",
    "orchestrator_adapters/postgres/diagnosis/server_facts.sql",
    "orchestrator_adapters/redis/lua/record.lua",
    "campaign_orchestrator/local/localstack_requirements.txt",
    "campaign_orchestrator/local/process_executor/plugin.py",
    "campaign_orchestrator/local/examples/voice_workflow/state_machine.asl.json",
    "campaign_orchestrator/local/examples/sms_dispatcher/lambda_handler.py",
    "campaign_orchestrator/local/examples/campaign_contacts/tables.sql",
    "campaign_orchestrator/local/deploy/template.yaml",
    "campaign_orchestrator/local/deploy/openapi.yaml",
    "orchestrator_domain/py.typed",
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_file_has_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES
    assert not FORBIDDEN_NAMES.search(path.stem)


def test_the_given_folder_is_a_root_and_no_package() -> None:
    """A package called entrypoints is on the public index; ours must never shadow it."""
    assert not (ROOT / "src" / "entrypoints" / "__init__.py").exists()


def test_every_lua_script_and_every_function_has_a_door() -> None:
    scripts = {path.stem for path in (ROOT / "src/orchestrator_adapters/redis/lua").glob("*.lua")}
    python = "\n".join(path.read_text() for path in (ROOT / "src/orchestrator_adapters/redis").glob("*.py"))
    assert {name for name in scripts if f'script("{name}"' not in python} == set()
    adapter = ROOT / "src/orchestrator_adapters/postgres"
    python = "\n".join(path.read_text() for path in adapter.glob("*.py"))
    sql = "\n".join(path.read_text() for path in (adapter / "doors").glob("*.sql"))
    called = set(re.findall(r'"(campaign_[a-z_]+)"', python))
    procedures = set(re.findall(r"CREATE OR REPLACE PROCEDURE (campaign_[a-z_]+)", sql))
    assert procedures - OF_EARLIER_VERSIONS <= called
    called |= set(re.findall(r"decision := (campaign_[a-z_]+)\(", sql)) | OF_EARLIER_VERSIONS
    functions = set(
        re.findall(r"CREATE OR REPLACE FUNCTION (campaign_[a-z_]+)\(request jsonb\) RETURNS jsonb", sql)
    )
    assert "campaign_end_run" in functions <= called
    assert "campaign_admit_run" in called
