"""``python -m campaign_orchestrator.command_line``."""

from campaign_orchestrator.command_line import main

main()
