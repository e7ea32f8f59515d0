"""The program: every command by its name."""

import typer

from campaign_orchestrator.command_line.commands import development
from campaign_orchestrator.command_line.commands.actions import action_command
from campaign_orchestrator.command_line.commands.configuration import config
from campaign_orchestrator.command_line.commands.doctor import doctor
from campaign_orchestrator.command_line.commands.listing import list_campaigns
from campaign_orchestrator.command_line.commands.looking import history, show
from campaign_orchestrator.command_line.commands.migrate import migrate_database
from campaign_orchestrator.command_line.commands.pools import halt, limits, unhalt
from campaign_orchestrator.command_line.commands.reconcile import reconcile
from campaign_orchestrator.command_line.commands.status import status
from campaign_orchestrator.command_line.session_options import with_screen, with_session
from orchestrator_domain.campaign import Action

CAMPAIGNS, POOLS, UPKEEP = "Campaigns", "Pools", "Upkeep"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Start, pause, resume, stop and watch campaigns.\n\n"
    "Every command asks the stores that the environment variables name, the deployed function (--function NAME), "
    "or the HTTP API (--url ADDRESS), and answers with JSON when --json is given.\n\n"
    "Examples:\n\n"
    "  campaign-orchestrator status --watch\n\n"
    "  campaign-orchestrator start campaign_123 --function campaign-orchestrator\n\n"
    "  campaign-orchestrator list --status failed --url https://abc.execute-api.us-east-1.amazonaws.com/prod\n\n"
    "  campaign-orchestrator doctor",
    epilog="Exit codes: 0 done, 1 refused, 2 wrong use, 3 not now, 4 perhaps done (repeat with the same --key), "
    "5 no answer, 6 doctor has found a problem, 70 a fault of the program, 130 Ctrl-C.",
)
for action in Action:
    app.command(action.value, rich_help_panel=CAMPAIGNS)(with_session(action_command(action)))
app.command("show", rich_help_panel=CAMPAIGNS)(with_session(show))
app.command("history", rich_help_panel=CAMPAIGNS)(with_session(history))
app.command("list", rich_help_panel=CAMPAIGNS)(with_session(list_campaigns))
app.command("status", rich_help_panel=POOLS)(with_session(status))
app.command("limits", rich_help_panel=POOLS)(with_session(limits))
app.command("halt", rich_help_panel=POOLS)(with_session(halt))
app.command("unhalt", rich_help_panel=POOLS)(with_session(unhalt))
app.command("reconcile", rich_help_panel=UPKEEP)(with_session(reconcile))
app.command("doctor", rich_help_panel=UPKEEP)(with_screen(doctor))
app.command("config", rich_help_panel=UPKEEP)(with_screen(config))
app.command("migrate", rich_help_panel=UPKEEP)(with_screen(migrate_database))

local = typer.Typer(no_args_is_help=True, help="A whole orchestrator on this machine, with real servers.")
local.command("up")(with_screen(development.up))
local.command("env")(with_screen(development.env))
local.command("down")(with_screen(development.down))
local.command("demo")(with_screen(development.demo))
app.add_typer(local, name="dev", rich_help_panel=UPKEEP)
