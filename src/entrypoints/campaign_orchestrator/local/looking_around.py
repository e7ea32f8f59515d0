"""The commands with which one looks around in a local environment."""

from campaign_orchestrator.local.deployment import ORCHESTRATOR, STATE_MACHINE_ARN
from campaign_orchestrator.local.environment import LocalEnvironment
from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION


def commands_to_look_around(environment: LocalEnvironment) -> str:
    """Shell commands, ready to be copied."""
    endpoint, valkey = environment.localstack.endpoint_url, environment.valkey
    invoke = f"aws lambda invoke --function-name {ORCHESTRATOR} --cli-binary-format raw-in-base64-out"
    redis = f"redis-cli -u {valkey.url}"
    return f"""
Look around:

  export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION={REGION}
  export AWS_ACCESS_KEY_ID={ACCOUNT} AWS_SECRET_ACCESS_KEY=local
  {invoke} --payload '{{"action":"status"}}' /dev/stdout
  {invoke} --payload '{{"campaignId":"campaign_9","action":"start"}}' /dev/stdout
  aws stepfunctions list-executions --state-machine-arn {STATE_MACHINE_ARN}

  {redis} smembers campaign:type:voice:active
  {redis} get campaign:execution:campaign_9

  psql {environment.postgres.url()} -c 'SELECT id, type, status FROM campaigns ORDER BY id'
  psql {environment.postgres.url()} -c 'SELECT campaign_id, number, state, outcome FROM campaign_runs'
  psql {environment.postgres.url()} -c 'SELECT at, campaign_id, kind, status_from, status_to FROM campaign_events ORDER BY id'"""
