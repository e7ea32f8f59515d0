"""The command line, as a person runs it: against the stores, the deployed function, and an HTTP address."""

import json
from typing import Any

import pytest

from campaign_orchestrator.local.deployment import SERVICE
from campaign_orchestrator.local.http_server import LocalHttpServer
from orchestrator_adapters.postgres.settings import PostgresSettings
from serving import direct_sql
from serving.command_line import CommandLine
from serving.deployed import Deployed

AWS_VARIABLES = ("AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def variables_of(campaigns: Deployed) -> dict[str, str]:
    """Of an orchestrator whose voice campaigns wait, and call nobody."""
    return campaigns.variables(VOICE_CAMPAIGN_STATE_MACHINE_ARN=campaigns.waiting_machine_arn)


@pytest.fixture
def stores(campaigns: Deployed) -> CommandLine:
    return CommandLine(variables_of(campaigns))


@pytest.fixture
def function(campaigns: Deployed) -> CommandLine:
    variables = {name: campaigns.variables()[name] for name in AWS_VARIABLES}
    return CommandLine(variables, ("--function", SERVICE))


@pytest.fixture
def http(campaigns: Deployed) -> CommandLine:
    """Asks the API of the stack, with the signature that AWS would want."""
    variables = {name: campaigns.variables()[name] for name in AWS_VARIABLES}
    return CommandLine(variables, ("--url", campaigns.deployment.http_address, "--sign"))


@pytest.fixture(params=["stores", "function", "http"])
def command_line(request: pytest.FixtureRequest) -> CommandLine:
    """The command line, asking each target in its turn."""
    chosen: CommandLine = request.getfixturevalue(request.param)
    return chosen


def test_a_campaign_from_start_to_stop(command_line: CommandLine, campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice", contacts=3, callsAtOnce=1)
    first = command_line.answered("start", campaign, "--key", "k", "--reason", "because")
    assert command_line.answered("start", campaign, "--key", "k") == first
    refused = command_line.answered("start", campaign, exit_code=1)
    assert refused["errorCode"] == "invalid_state"
    assert command_line.answered("pause", campaign)["success"]
    campaigns.hang_up(campaign)
    assert command_line.answered("resume", campaign)["runNumber"] == 2
    assert command_line.answered("status")["pools"]["voice"]["activeCampaignIds"] == [campaign]
    several = command_line.answered("status", campaign, "nobody")["campaigns"]
    assert (several[campaign]["status"], several["nobody"]["success"]) == ("active", False)
    assert command_line.answered("show", campaign)["run"]["number"] == 2
    assert command_line.answered("show", "nobody", exit_code=1)["errorCode"] == "campaign_not_found"
    assert command_line.answered("reconcile", "--dry-run")["dryRun"] is True
    assert command_line.answered("reconcile")["pools"]["voice"]["lookedAt"] == 1
    assert command_line.answered("stop", campaign)["success"]
    campaigns.hang_up(campaign)
    entries = command_line.answered("history", campaign)["history"]
    assert (entries[0]["kind"], entries[-1]["kind"]) == ("start_admitted", "run_ended")
    assert entries[0]["reason"] == "because"


def test_campaigns_are_listed_by_status_and_type(command_line: CommandLine, campaigns: Deployed) -> None:
    sms = [campaigns.put_campaign("sms") for _ in range(2)]
    paused = campaigns.put_campaign("voice", status="paused")

    def listed(*options: str) -> list[str]:
        return [one["campaignId"] for one in command_line.answered("list", *options)["campaigns"]]

    assert listed("--type", "sms") == sorted(sms)
    assert listed("--status", "paused", "--status", "failed") == [paused]
    (first,) = listed("--type", "sms", "--limit", "1")
    assert listed("--type", "sms", "--cursor", first, "--all") == [max(sms)]


def test_a_halt_stops_what_runs_and_refuses_what_would_start(
    command_line: CommandLine, campaigns: Deployed
) -> None:
    running, waiting = campaigns.put_campaign("voice"), campaigns.put_campaign("voice")
    command_line.answered("start", running)
    halted = command_line.answered("halt", "voice", "--reason", "complaints", "--yes")
    assert [run["campaignId"] for run in halted["pools"]["voice"]["runs"]] == [running]
    assert command_line.answered("show", running)["status"] == "paused"
    assert command_line.answered("status")["pools"]["voice"]["halted"] == "complaints"
    assert command_line.answered("start", waiting, exit_code=3)["errorCode"] == "pool_halted"
    lifted = command_line.answered("unhalt", "voice", "--reason", "settled")
    assert "halted" not in lifted["pools"]["voice"]
    campaigns.hang_up(running)
    assert command_line.answered("start", waiting)["success"]


def test_limits_are_shown_and_changed(command_line: CommandLine) -> None:
    def of_voice(answer: dict[str, Any]) -> tuple[int, str]:
        return answer["pools"]["voice"]["limit"], answer["pools"]["voice"]["limitSource"]

    assert of_voice(command_line.answered("limits")) == (5, "default")
    assert of_voice(command_line.answered("limits", "voice=8", "--reason", "more lines")) == (8, "stored")
    assert of_voice(command_line.answered("limits")) == (8, "stored")
    assert of_voice(command_line.answered("limits", "voice=default")) == (5, "default")
    assert command_line.answered("limits", "fax=1", exit_code=2)["errorCode"] == "invalid_request"


def test_on_a_terminal_a_halt_is_confirmed_and_the_pools_are_watched(stores: CommandLine) -> None:
    declined = stores.run_on_terminal("halt", "sms", "--reason", "why", answer="n\n")
    assert declined.exit_code == 1
    assert "Halt sms? Live campaigns that it stops: 0 sms. [y/N]" in declined.output
    assert "not_confirmed" in declined.output
    confirmed = stores.run_on_terminal("halt", "sms", "--reason", "why", answer="y\n")
    assert (confirmed.exit_code, "Halted; no run is live" in confirmed.output) == (0, True)
    watched = stores.run_on_terminal("status", "--watch", "--interval", "0.2", "--count", "2")
    assert watched.exit_code == 0
    # Each look, drawn over the one before; and the last once more, to stay.
    assert watched.output.count("sms is halted: why") == 3


def test_a_person_reads_tables(stores: CommandLine, campaigns: Deployed) -> None:
    campaign = campaigns.put_campaign("voice")
    campaigns.sql("UPDATE campaigns SET name = %s WHERE id = %s", "Autumn\x1b]0;title\x07", campaign)
    assert f"{campaign}: Campaign started successfully" in stores.printed("start", campaign)
    (row,) = (line for line in stores.printed("status").splitlines() if line.startswith("voice"))
    assert row.split()[:6] == ["voice", "1", "5", "4", "20", "%"]
    assert campaign in row
    shown = stores.printed("show", campaign)
    assert r"Autumn\x1b]0;title\x07" in shown
    assert "\x1b" not in shown
    assert campaign in stores.printed("list", "--status", "active")
    assert "start_admitted" in stores.printed("history", campaign)
    assert "set at run time" in stores.printed("limits", "sms=0")
    assert "runs looked at" in stores.printed("reconcile")
    assert f"{campaign}, run 1: ended" in stores.printed("halt", "voice", "--reason", "why", "--yes")
    refused = stores.run("start", campaign)
    assert (refused.exit_code, refused.output) == (1, "")
    assert refused.errors.startswith("invalid_state: ")
    assert "allowed: resume, stop" in refused.errors


def test_watching_looks_again_and_again(stores: CommandLine) -> None:
    done = stores.run("status", "--watch", "--interval", "0.2", "--count", "3", "--json")
    looks = [json.loads(line) for line in done.output.splitlines()]
    assert [sorted(look["pools"]) for look in looks] == [["sms", "voice"]] * 3


def test_a_full_pool_is_not_now(campaigns: Deployed) -> None:
    command_line = CommandLine(campaigns.variables(MAX_CONCURRENT_SMS_CAMPAIGNS="0"))
    refused = command_line.answered("start", campaigns.put_campaign("sms"), exit_code=3)
    assert refused["errorCode"] == "resource_limit_reached"


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (("--function", "no-such-function"), "ResourceNotFoundException"),
        (("--url", "http://127.0.0.1:9"), "NewConnectionError"),
    ],
)
def test_what_is_not_there_could_not_be_asked(campaigns: Deployed, options: tuple[str, ...], cause: str) -> None:
    command_line = CommandLine(campaigns.variables(), options)
    answer = command_line.answered("start", "c", exit_code=5)
    assert (answer["errorCode"], answer["cause"]) == ("no_answer", cause)


def test_a_lost_answer_tells_the_key_that_settles_it(campaigns: Deployed) -> None:
    def break_off(event: dict[str, Any]) -> dict[str, Any]:
        raise ConnectionError

    with LocalHttpServer(break_off) as server:
        command_line = CommandLine({}, ("--url", server.url))
        answer = command_line.answered("start", "c", "--key", "k-1", exit_code=4)
    assert (answer["errorCode"], answer["repeatWithKey"]) == ("may_have_happened", "k-1")


def test_an_address_of_somebody_else_is_noticed(campaigns: Deployed) -> None:
    command_line = CommandLine({}, ("--url", campaigns.aws.endpoint_url))
    answer = command_line.answered("status", exit_code=5)
    assert answer["errorCode"] == "no_answer"


def test_migrate_is_one_command_that_may_be_repeated(campaigns: Deployed, empty_database: PostgresSettings) -> None:
    owner = {"DB_USER": empty_database.user, "DB_PASSWORD": empty_database.password}
    command_line = CommandLine(campaigns.variables(DB_NAME=empty_database.dbname, **owner))
    assert "migrations/0001_tables.sql" in command_line.answered("migrate")["applied"]
    assert command_line.answered("migrate")["applied"] == []
    with direct_sql.connect(empty_database, autocommit=False) as connection:
        assert connection.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
    unreachable = CommandLine(campaigns.variables(DB_PASSWORD="wrong"))
    assert unreachable.answered("migrate", exit_code=5)["cause"] == "authentication"


def test_a_wrong_environment_names_every_variable(campaigns: Deployed) -> None:
    command_line = CommandLine(campaigns.variables(DB_PORT="x", DB_HOST=""))
    complaints = ["DB_HOST must be set", "DB_PORT must be a whole number from 1 to 65535, not 'x'"]
    done = command_line.run("status")
    assert (done.exit_code, done.errors.splitlines()) == (2, complaints)
    assert command_line.answered("status", exit_code=2)["complaints"] == complaints


def test_the_installed_program_ends_with_the_same_codes(campaigns: Deployed) -> None:
    program = CommandLine(campaigns.variables())
    assert program.run_program("status").exit_code == 0
    refused = program.run_program("start", "nobody", "--json")
    assert (refused.exit_code, json.loads(refused.output)["errorCode"]) == (1, "campaign_not_found")
    away = CommandLine(campaigns.variables(DB_PASSWORD="wrong")).run_program("status")
    assert away.exit_code == 5
    assert [line.split(":")[0] for line in away.errors.splitlines()] == ["store_unavailable", "Try again in 2 s."]
    assert (program.run_program("status", "--help").errors, program.run_program("explode").exit_code) == ("", 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("explode",),
        ("status", "--function", "f", "--url", "http://u"),
        ("status", "--url", "ftp://u"),
        ("status", "--sign"),
        ("limits", "voice"),
        ("limits", "voice=1", "voice=2"),
        ("halt", "voice", "--reason", "nobody is there to say yes"),
        ("show", "no campaign's id"),
    ],
)
def test_wrong_use_is_told(campaigns: Deployed, arguments: tuple[str, ...]) -> None:
    done = CommandLine(campaigns.variables()).run(*arguments)
    assert (done.exit_code, done.output) == (2, "")
    assert done.errors
