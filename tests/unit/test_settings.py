"""Every environment variable of the specification: default, range, and a complaint that names it."""

import pytest

from campaign_orchestrator.settings import InvalidSettings, read_settings

NEEDED = {
    "DB_HOST": "db",
    "DB_NAME": "campaigns",
    "DB_USER": "me",
    "DB_PASSWORD": "very-secret",
    "REDIS_HOST": "redis",
    "VOICE_CAMPAIGN_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:voice",
    "SMS_DISPATCHER_FUNCTION_NAME": "sms-dispatcher:live",
}


def test_the_specification_s_defaults() -> None:
    settings = read_settings(NEEDED)
    assert (settings.db_port, settings.redis_port) == (5432, 6379)
    assert settings.aws_region == "us-east-1"
    assert (settings.max_concurrent_voice_campaigns, settings.max_concurrent_sms_campaigns) == (5, 10)
    assert settings.db_sslmode == "verify-full"


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_named_when_it_is_missing(name: str) -> None:
    with pytest.raises(InvalidSettings) as invalid:
        read_settings({key: value for key, value in NEEDED.items() if key != name})
    (complaint,) = invalid.value.complaints
    assert complaint.startswith(f"{name} must be set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_CONCURRENT_VOICE_CAMPAIGNS", "abc"),
        ("MAX_CONCURRENT_VOICE_CAMPAIGNS", "-1"),
        ("MAX_CONCURRENT_SMS_CAMPAIGNS", "1.5"),
        ("MAX_CONCURRENT_SMS_CAMPAIGNS", "\u0661"),
        ("DB_PORT", "0"),
        ("DB_PORT", "65536"),
        ("REDIS_PORT", "x"),
        ("REDIS_TLS", "yes"),
        ("DB_SSLMODE", "prefer"),
        ("ORCHESTRATOR_STORE", "oracle"),
        ("VOICE_CAMPAIGN_STATE_MACHINE_ARN", "voice"),
        ("VOICE_CAMPAIGN_STATE_MACHINE_ARN", "arn:aws:states:eu-west-1:123456789012:express:voice:x"),
        ("SMS_DISPATCHER_FUNCTION_NAME", "a b"),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings) as invalid:
        read_settings(NEEDED | {name: value})
    (complaint,) = invalid.value.complaints
    assert complaint.startswith(f"{name} must be ")
    assert complaint.endswith(f"not {value!a}")


def test_all_complaints_come_together_and_none_shows_a_secret() -> None:
    with pytest.raises(InvalidSettings) as invalid:
        read_settings({"DB_PASSWORD": "very-secret", "DB_PORT": "x", "REDIS_PORT": "y"})
    assert len(invalid.value.complaints) == len(NEEDED) - 1 + 2
    assert "very-secret" not in str(invalid.value)
    assert "very-secret" not in repr(read_settings(NEEDED))


def test_a_limit_of_zero_is_a_limit() -> None:
    assert read_settings(NEEDED | {"MAX_CONCURRENT_SMS_CAMPAIGNS": "0"}).max_concurrent_sms_campaigns == 0


def test_what_is_not_used_need_not_be_set() -> None:
    read_settings(
        {
            "ORCHESTRATOR_STORE": "memory",
            "ORCHESTRATOR_LEDGER": "memory",
            "ORCHESTRATOR_DISPATCHERS": "memory",
        }
    )
