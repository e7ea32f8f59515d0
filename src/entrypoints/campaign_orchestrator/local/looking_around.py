"""The commands with which one looks around in a local environment."""

from campaign_orchestrator.local.deployment import SERVICE, dispatcher_variables
from campaign_orchestrator.local.environment import LocalEnvironment
from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION


def commands_to_look_around(environment: LocalEnvironment) -> str:
    """Shell commands, ready to be copied."""
    psql = f"psql {environment.postgres.url()} -c"
    redis = f"redis-cli -u {environment.valkey.url}"
    invoke = f"aws lambda invoke --function-name {SERVICE} --payload fileb:///dev/stdin /dev/stdout"
    machine = dispatcher_variables()["VOICE_CAMPAIGN_STATE_MACHINE_ARN"]
    http = environment.deployment.http_address
    lines = [
        "",
        "Look around, from another terminal:",
        "",
        f"  curl {http}/status",
        f"  curl -X POST {http}/campaigns/campaign_9/start",
        "",
        f"  export AWS_ENDPOINT_URL={environment.localstack.endpoint_url} AWS_DEFAULT_REGION={REGION}",
        f"  export AWS_ACCESS_KEY_ID={ACCOUNT} AWS_SECRET_ACCESS_KEY=local",
        f'  echo \'{{"action":"status"}}\' | {invoke}',
        f'  echo \'{{"campaignId":"campaign_9","action":"start"}}\' | {invoke}',
        f"  aws stepfunctions list-executions --state-machine-arn {machine}",
        "",
        f"  {redis} smembers campaign:type:voice:active",
        f"  {redis} get campaign:execution:campaign_9",
        "",
        f"  {psql} 'TABLE campaigns'",
        f"  {psql} 'SELECT campaign_id, number, state, outcome FROM campaign_runs'",
        f"  {psql} 'SELECT at, campaign_id, kind, status_from, status_to FROM campaign_events'",
    ]
    return "\n".join(lines)
