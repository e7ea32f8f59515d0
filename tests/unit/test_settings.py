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


SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:stores/main-AbCdEf"
TOKENS_FOR_REDIS = {
    "REDIS_AUTH": "iam",
    "REDIS_TLS": "true",
    "REDIS_USERNAME": "orchestrator",
    "REDIS_CACHE_NAME": "slots",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"DB_PASSWORD": "", "DB_PASSWORD_SECRET_ARN": SECRET},
        {"DB_PASSWORD": "", "DB_AUTH": "iam"},
        {"DB_PASSWORD": "", "DB_AUTH": "iam", "DB_SSLMODE": "require"},
        {"DB_SSLROOTCERT": "system"},
        {"REDIS_PASSWORD": "very-secret"},
        {"REDIS_PASSWORD_SECRET_ARN": SECRET},
        TOKENS_FOR_REDIS | {"REDIS_SERVERLESS": "true"},
    ],
)
def test_each_way_to_authenticate_is_enough(changes: dict[str, str]) -> None:
    read_settings(NEEDED | changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"DB_PASSWORD": ""}, "DB_PASSWORD must be set, or else DB_PASSWORD_SECRET_ARN, or DB_AUTH=iam"),
        ({"DB_PASSWORD_SECRET_ARN": SECRET}, "DB_PASSWORD and DB_PASSWORD_SECRET_ARN must not both be set"),
        ({"DB_AUTH": "iam"}, "DB_PASSWORD must not be set with DB_AUTH=iam"),
        (
            {"DB_AUTH": "iam", "DB_PASSWORD": "", "DB_PASSWORD_SECRET_ARN": SECRET},
            "DB_PASSWORD_SECRET_ARN must not be set with DB_AUTH=iam",
        ),
        (
            {"DB_AUTH": "iam", "DB_PASSWORD": "", "DB_SSLMODE": "disable"},
            "DB_SSLMODE must be require, verify-ca or verify-full with DB_AUTH=iam, not 'disable'",
        ),
        (
            {"DB_SSLROOTCERT": "system", "DB_SSLMODE": "require"},
            "DB_SSLMODE must be verify-full with DB_SSLROOTCERT=system, not 'require'",
        ),
        ({"DB_AUTH": "kerberos"}, "DB_AUTH must be one of password, iam, not 'kerberos'"),
        (
            {"DB_PASSWORD": "", "DB_PASSWORD_SECRET_ARN": "stores"},
            "DB_PASSWORD_SECRET_ARN must be the ARN of a secret, not 'stores'",
        ),
        (
            {"REDIS_PASSWORD": "very-secret", "REDIS_PASSWORD_SECRET_ARN": SECRET},
            "REDIS_PASSWORD and REDIS_PASSWORD_SECRET_ARN must not both be set",
        ),
        (
            TOKENS_FOR_REDIS | {"REDIS_PASSWORD": "very-secret"},
            "REDIS_PASSWORD must not be set with REDIS_AUTH=iam",
        ),
        (TOKENS_FOR_REDIS | {"REDIS_TLS": ""}, "REDIS_TLS must be true with REDIS_AUTH=iam, not 'false'"),
        (TOKENS_FOR_REDIS | {"REDIS_USERNAME": ""}, "REDIS_USERNAME must be set with REDIS_AUTH=iam"),
        (TOKENS_FOR_REDIS | {"REDIS_CACHE_NAME": ""}, "REDIS_CACHE_NAME must be set with REDIS_AUTH=iam"),
        (
            {"REDIS_CACHE_NAME": "slots.cache.amazonaws.com"},
            "REDIS_CACHE_NAME must be the name of a serverless cache or of a replication group, in lower case,"
            " not 'slots.cache.amazonaws.com'",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(InvalidSettings) as invalid:
        read_settings(NEEDED | changes)
    assert invalid.value.complaints == (complaint,)
    assert "very-secret" not in complaint


def test_what_is_not_used_need_not_fit() -> None:
    unused = {"ORCHESTRATOR_STORE": "memory", "ORCHESTRATOR_LEDGER": "memory"}
    read_settings(NEEDED | unused | {"DB_AUTH": "iam", "REDIS_AUTH": "iam"})
