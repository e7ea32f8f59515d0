"""Who may do what over HTTP: every action, by every kind of authorizer (F68)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking.orchestra import Orchestra
from campaign_orchestrator.decision_log import JsonDecisionLog
from campaign_orchestrator.settings import InvalidSettings, read_settings
from orchestrator_adapters.wire.http_callers import LONGEST_NAME, ClaimNames, caller_of
from orchestrator_adapters.wire.http_routes import ROUTES
from orchestrator_adapters.wire.requests import KNOWN_ACTIONS
from orchestrator_domain.authorization import CHANGE_LIMITS, LEAST_ROLE, Authorization, Caller, Role
from orchestrator_domain.errors import Forbidden
from orchestrator_domain.run import RunOutcome

EVENTS = Path(__file__).parent.parent / "events"
CLAIMS = {"HTTP_AUTHORIZATION": "claims"}
ROLE = "arn:aws:sts::123456789012:assumed-role/CampaignOperators"
DEEDS: list[tuple[Role, str, str, Any]] = [
    (Role.VIEWER, "GET", "/status", None),
    (Role.VIEWER, "GET", "/campaigns", None),
    (Role.VIEWER, "GET", "/campaigns/live", None),
    (Role.VIEWER, "GET", "/campaigns/live/history", None),
    (Role.VIEWER, "GET", "/limits", None),
    (Role.OPERATOR, "POST", "/campaigns/draft/start", None),
    (Role.OPERATOR, "POST", "/campaigns/live/pause", None),
    (Role.OPERATOR, "POST", "/campaigns/paused/resume", None),
    (Role.OPERATOR, "POST", "/campaigns/live/stop", None),
    (Role.OPERATOR, "POST", "/campaigns/failed/retry", None),
    (Role.ADMINISTRATOR, "POST", "/halt", {"campaignType": "voice", "reason": "an incident"}),
    (Role.ADMINISTRATOR, "POST", "/unhalt", {"campaignType": "voice"}),
    (Role.ADMINISTRATOR, "POST", "/limits", {"set": {"voice": 8}}),
    (Role.ADMINISTRATOR, "POST", "/reconcile", {}),
]


def cognito(groups: Any, name: Any = "Ada") -> dict[str, Any]:
    return {"authorizer": {"claims": {"sub": name, "cognito:groups": groups}}}


def rest(method: str, path: str, body: Any, context: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"stage": "prod", "identity": {"userArn": None}, **context},
        "body": None if body is None else json.dumps(body),
        **more,
    }


def second_format(method: str, path: str, body: Any, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "headers": {"content-type": "application/json"},
        "requestContext": {"stage": "$default", "http": {"method": method}, **context},
        "body": None if body is None else json.dumps(body),
    }


@pytest.fixture
def orchestra() -> Orchestra:
    return with_campaigns(CLAIMS)


def with_campaigns(settings: dict[str, str]) -> Orchestra:
    made = Orchestra(settings)
    for campaign in ("draft", "live", "paused"):
        made.put(campaign)
    made.put("failed", status="failed")
    for action, campaign in (("start", "live"), ("start", "paused"), ("pause", "paused")):
        assert made.ask(action, campaign)["success"]
    return made


def asked(orchestra: Orchestra, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = orchestra.send(event)
    return answer["statusCode"], json.loads(answer["body"])


def everything(orchestra: Orchestra) -> str:
    store = orchestra.store
    return repr((store.campaigns, store.runs, store.events, orchestra.executions, store.is_halted("voice")))


def test_every_action_has_the_least_role_that_may_do_it_and_every_route_leads_to_one() -> None:
    assert set(LEAST_ROLE) == {*KNOWN_ACTIONS, CHANGE_LIMITS}
    assert {route.authorized_as for route in ROUTES} == set(LEAST_ROLE)
    tried = {(method, path.replace(path.split("/")[2], "{campaignId}", 1) if path.count("/") > 1 else path)
             for _, method, path, _ in DEEDS}  # fmt: skip
    assert tried == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role.name if role else "no role")
@pytest.mark.parametrize(("least", "method", "path", "body"), DEEDS, ids=lambda value: str(value))
def test_each_role_may_do_what_it_is_for_and_nothing_is_done_for_any_other(
    orchestra: Orchestra, role: Role | None, least: Role, method: str, path: str, body: Any
) -> None:
    before = everything(orchestra)
    groups = ["staff", role.name.lower()] if role else ["staff"]
    status, answer = asked(orchestra, rest(method, path, body, cognito(groups)))
    if role is not None and role >= least:
        assert (status, answer["success"]) in [(200, True), (202, True)], answer
        return
    assert (status, answer["errorCode"], answer["retryable"]) == (403, "forbidden", False)
    assert answer["action"] == path.rpartition("/")[2] or answer["action"] in {"status", "list"}
    assert everything(orchestra) == before


ALLOWED = {
    "Cognito, commas": (rest, cognito("staff,operator")),
    "Cognito, spaces": (rest, cognito("operator staff")),
    "Cognito, JSON": (rest, cognito('["staff", "operator"]')),
    "Lambda, REST": (rest, {"authorizer": {"principalId": "Ada", "cognito:groups": "operator"}}),
    "Lambda, HTTP": (second_format, {"authorizer": {"lambda": {"sub": "Ada", "cognito:groups": ["operator"]}}}),
    "JWT": (
        second_format,
        {"authorizer": {"jwt": {"claims": {"sub": "Ada", "cognito:groups": "[staff operator]"}, "scopes": None}}},
    ),
}


@pytest.mark.parametrize(("kind", "context"), ALLOWED.values(), ids=list(ALLOWED))
def test_every_authorizer_s_claims_are_understood_and_their_name_is_in_the_audit_trail(
    orchestra: Orchestra, kind: Any, context: dict[str, Any]
) -> None:
    assert asked(orchestra, kind("POST", "/campaigns/draft/start", None, context))[0] == 200
    entries = orchestra.ask("history", "draft")["history"]
    assert {(entry["actor"], entry["source"]) for entry in entries} == {("Ada", "http")}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda arn: rest("POST", "/campaigns/draft/start", None, {"identity": {"userArn": arn}}),
        lambda arn: second_format(
            "POST", "/campaigns/draft/start", None, {"authorizer": {"iam": {"userArn": arn}, "jwt": None}}
        ),
    ],
    ids=["REST", "HTTP"],
)
def test_whoever_signs_a_request_has_the_role_of_its_own_account_s_arn_whatever_its_session_is_called(
    wrap: Any,
) -> None:
    settings = {**CLAIMS, "HTTP_OPERATOR_ROLES": f"other,{ROLE}"}
    for forged in (
        "arn:aws:sts::999999999999:assumed-role/CampaignOperators/ada",
        f"arn:aws:sts::123456789012:assumed-role/Viewers/{ROLE}",
        "arn:aws:sts::123456789012:assumed-role/Viewers/administrator",
        "arn:aws:iam::123456789012:user/other",
        "arn:aws:iam::123456789012:user/CampaignOperators",
        "",
    ):
        assert asked(with_campaigns(settings), wrap(forged))[0] == 403, forged
    allowed = with_campaigns(settings)
    assert asked(allowed, wrap(f"{ROLE}/ada"))[0] == 200
    assert allowed.ask("history", "draft")["history"][0]["actor"] == f"{ROLE}/ada"


NOBODY: list[dict[str, Any]] = [
    {},
    {"authorizer": None},
    {"authorizer": {}},
    {"authorizer": {"claims": {}}},
    {"authorizer": {"claims": {"sub": "Ada"}}},
    {"authorizer": {"claims": {"cognito:groups": "administrator"}}},
    {"authorizer": {"claims": {"sub": " ", "cognito:groups": "administrator"}}},
    {"authorizer": {"claims": {"sub": 5, "cognito:groups": "administrator"}}},
    {"authorizer": {"claims": {"sub": "Ada", "groups": "administrator"}}},
    {"authorizer": {"claims": {"sub": "Ada", "cognito:groups": "Administrator administrators admin"}}},
    {"authorizer": {"claims": {"sub": "Ada", "cognito:groups": {"administrator": True}}}},
    {"authorizer": {"claims": {"sub": "Ada", "cognito:groups": [["administrator"]]}}},
    {"authorizer": {"claims": {"sub": "Ada", "cognito:groups": "[" * 100_000 + "]"}}},
    {"authorizer": {"claims": "administrator", "principalId": "Ada"}},
    {"authorizer": {"jwt": {"claims": None}, "cognito:groups": "administrator", "principalId": "Ada"}},
    {"elb": {}},
]


@pytest.mark.parametrize("context", NOBODY, ids=lambda context: json.dumps(context)[:90])
@pytest.mark.parametrize("kind", [rest, second_format])
def test_where_claims_are_needed_whoever_brings_no_role_is_refused(
    orchestra: Orchestra, kind: Any, context: dict[str, Any]
) -> None:
    for _, method, path, body in DEEDS:
        assert asked(orchestra, kind(method, path, body, context))[0] == 403


@pytest.mark.parametrize("context", NOBODY[3:-1], ids=lambda context: json.dumps(context)[:90])
def test_an_authorizer_that_gives_no_role_denies_also_where_the_gateway_decides(context: dict[str, Any]) -> None:
    orchestra = with_campaigns({})
    assert asked(orchestra, rest("GET", "/status", None, context))[0] == 403
    for nothing in NOBODY[:3]:
        assert asked(orchestra, rest("GET", "/status", None, nothing))[0] == 200


def test_names_of_claims_and_roles_are_the_deployment_s_own() -> None:
    settings = CLAIMS | {
        "HTTP_ROLES_CLAIM": "scope",
        "HTTP_ACTOR_CLAIM": "email",
        "HTTP_VIEWER_ROLES": "*",
        "HTTP_ADMINISTRATOR_ROLES": "campaigns/all, campaigns/admin",
    }
    orchestra = with_campaigns(settings)

    def by(**claims: str) -> dict[str, Any]:
        return {"authorizer": {"claims": {"sub": "1", "email": "ada@example.com", **claims}}}

    halt = {"campaignType": "sms", "reason": "an incident"}
    assert asked(orchestra, rest("GET", "/status", None, by()))[0] == 200
    assert asked(orchestra, rest("GET", "/status", None, {}))[0] == 403
    assert asked(orchestra, rest("POST", "/halt", halt, by(scope="openid")))[0] == 403
    assert asked(orchestra, rest("POST", "/halt", halt, by(scope="openid campaigns/admin")))[0] == 200
    (row,) = orchestra.store.events["pool:sms"]
    assert (row.origin.actor, row.origin.source) == ("ada@example.com", "http")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_AUTHORIZATION", "nobody"),
        ("HTTP_ROLES_CLAIM", "a b"),
        ("HTTP_ACTOR_CLAIM", "é"),
        ("HTTP_ADMINISTRATOR_ROLES", "a\nb"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(name: str, value: str) -> None:
    memory = dict.fromkeys(("ORCHESTRATOR_STORE", "ORCHESTRATOR_LEDGER", "ORCHESTRATOR_DISPATCHERS"), "memory")
    with pytest.raises(InvalidSettings, match=name):
        read_settings({**memory, name: value})


ADMINISTRATOR = cognito("administrator")


def test_whoever_has_been_authenticated_is_in_the_audit_trail_whatever_the_request_says(
    orchestra: Orchestra,
) -> None:
    for claim in ("actor", "requestedBy", "source", "requestId"):
        status, answer = asked(orchestra, rest("POST", "/campaigns/draft/start", {claim: "Eve"}, ADMINISTRATOR))
        assert (status, answer["errorCode"]) == (400, "invalid_request")
    forged = {"headers": {"Content-Type": "application/json", "actor": "Eve", "x-amzn-oidc-identity": "Eve"}}
    assert asked(orchestra, rest("POST", "/campaigns/draft/start", {}, ADMINISTRATOR, **forged))[0] == 200
    assert asked(orchestra, rest("POST", "/campaigns/draft/stop", None, ADMINISTRATOR))[0] in (200, 202)
    assert (
        asked(orchestra, rest("POST", "/halt", {"campaignType": "voice", "reason": "r"}, ADMINISTRATOR))[0] == 200
    )
    assert asked(orchestra, rest("POST", "/unhalt", {"campaignType": "voice"}, ADMINISTRATOR))[0] == 200
    assert asked(orchestra, rest("POST", "/limits", {"set": {"voice": 8}}, ADMINISTRATOR))[0] == 200
    rows = [*orchestra.store.events["draft"], *orchestra.store.events["pool:voice"]]
    assert {(row.origin.actor, row.origin.source) for row in rows} == {("Ada", "http")}
    assert len(rows) >= 5


def test_what_a_reconciliation_over_http_repairs_names_who_asked_for_it(orchestra: Orchestra) -> None:
    orchestra.executions.close(orchestra.run("live").execution_name, RunOutcome.SUCCEEDED)
    orchestra.clock.advance(3_600)
    assert asked(orchestra, rest("POST", "/reconcile", {}, ADMINISTRATOR))[0] == 200
    assert orchestra.status("live") == "completed"
    assert orchestra.ask("history", "live")["history"][-1]["actor"] == "Ada"


def test_a_name_in_the_audit_trail_is_printable_and_short(orchestra: Orchestra) -> None:
    name = 'Ada\n{"level": "INFO"}\x1b[2J\ud800' + "x" * 10_000
    assert asked(orchestra, rest("POST", "/campaigns/draft/start", None, cognito("operator", name)))[0] == 200
    actor = orchestra.ask("history", "draft")["history"][0]["actor"]
    assert actor.startswith('Ada\\n{"level": "INFO"}\\x1b[2J\\ud800xxx')
    assert (actor.isprintable(), len(actor)) == (True, LONGEST_NAME)


def test_who_was_refused_can_be_told_from_the_log_and_is_not_named_in_it() -> None:
    orchestra, lines = Orchestra(CLAIMS), list[str]()
    orchestra.container.decision_log.override(JsonDecisionLog(write=lines.append))
    for name in ("+15550107788", "+15550107788", "somebody else"):
        asked(orchestra, rest("POST", "/campaigns/live/stop", None, cognito("viewer", name)))
    told = [json.loads(line) for line in lines]
    assert {(line["outcome"], line["action"], line["campaignId"]) for line in told} == {
        ("forbidden", "stop", "live")
    }
    assert told[0]["caller"] == told[1]["caller"] != told[2]["caller"]
    assert "15550107788" not in str(lines)


def test_who_may_do_nothing_is_not_told_what_is_wrong_with_a_request(orchestra: Orchestra) -> None:
    event = rest(
        "POST", "/campaigns/draft/start", {"unknown": 1}, cognito("viewer"), queryStringParameters={"a": "b"}
    )
    assert asked(orchestra, event)[0] == 403


OF_AWS: dict[str, dict[str, Any]] = {
    "status change": {"source": "aws.states", "detail-type": "Step Functions Execution Status Change"},
    "schedule": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    "destination record": {"requestPayload": {"campaignId": "live", "runNumber": 1}, "version": "1.0"},
    "queue batch": {
        "Records": [
            {"eventSource": "aws:sqs", "messageId": "m", "body": '{"action": "stop", "campaignId": "live"}'}
        ]
    },
    "direct request": {"action": "stop", "campaignId": "live"},
    "pools": {"action": "halt", "campaignType": "voice", "reason": "r", "actor": "Eve"},
}


@pytest.mark.parametrize("kind", [rest, second_format])
@pytest.mark.parametrize("smuggled", OF_AWS.values(), ids=list(OF_AWS))
def test_an_http_request_is_no_other_event_whatever_it_carries(
    orchestra: Orchestra, smuggled: dict[str, Any], kind: Any
) -> None:
    """In its body, or beside it: it is asked for its role, or refused for what it carries."""
    execution = {"name": orchestra.run("live").execution_name, "status": "SUCCEEDED"}
    carried = {**smuggled, "detail": execution} if "source" in smuggled else smuggled
    orchestra.executions.close(execution["name"], RunOutcome.SUCCEEDED)
    before = everything(orchestra)
    viewer = cognito("viewer")
    answers = [
        orchestra.send(kind("POST", "/campaigns/live/stop", None, viewer) | carried),
        orchestra.send(kind("POST", "/campaigns/live/stop", carried, viewer)),
        orchestra.send(kind("POST", "/campaigns/live/stop", carried, cognito("operator"))),
        orchestra.send(kind("GET", "/status", None, viewer) | {"queryStringParameters": {"action": "stop"}}),
    ]
    refused = [answer.get("statusCode", 400) for answer in answers[:3]]
    assert refused in ([403, 403, 400], [400, 403, 400])
    assert everything(orchestra) == before


@pytest.mark.parametrize("field", ["requestContext", "httpMethod", "path", "rawPath", "headers", "body"])
def test_a_direct_request_carries_no_part_of_an_http_request(orchestra: Orchestra, field: str) -> None:
    before = everything(orchestra)
    answer = orchestra.send({"action": "stop", "campaignId": "live", field: ADMINISTRATOR})
    assert (answer["errorCode"], answer["field"]) == ("invalid_request", field)
    assert everything(orchestra) == before


def test_direct_requests_queues_and_rules_are_authorized_by_iam_and_not_asked_again(orchestra: Orchestra) -> None:
    assert orchestra.ask("halt", campaignType="sms", reason="an incident", actor="Ada")["success"]
    assert orchestra.send(json.loads((EVENTS / "scheduled_event.json").read_text()))["success"]


NAMES = st.frozensets(st.sampled_from(["viewer", "operator", "administrator", "staff", "Administrator", "", "*"]))


@given(
    action=st.sampled_from([*sorted(LEAST_ROLE), "report_outcome"]),
    held=NAMES,
    name=st.none() | st.text(min_size=1),
    is_claimed=st.booleans(),
    claims_needed=st.booleans(),
)
def test_whoever_is_let_through_has_a_name_and_a_role_or_no_claims_are_needed(
    action: str, held: frozenset[str], name: str | None, is_claimed: bool, claims_needed: bool
) -> None:
    rule = Authorization(
        role_names={role: frozenset({role.name.lower()}) for role in Role}, claims_needed=claims_needed
    )
    highest = max((role for role in Role if role.name.lower() in held), default=None)
    try:
        rule.require(action, Caller(name=name, role_names=held, is_claimed=is_claimed))
    except Forbidden:
        assert is_claimed or claims_needed
        assert action not in LEAST_ROLE or name is None or highest is None or highest < LEAST_ROLE[action]
    else:
        by_role = action in LEAST_ROLE and name is not None and highest is not None
        assert (by_role and highest >= LEAST_ROLE[action]) or not (is_claimed or claims_needed)  # type: ignore[operator]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["claims", "sub"]), inner)
    ),
    max_leaves=12,
)


@given(context=st.dictionaries(st.sampled_from(["authorizer", "identity", "elb"]), ANYTHING))
def test_whatever_a_gateway_says_a_caller_is_made_of_it(context: dict[str, Any]) -> None:
    caller = caller_of(context, ClaimNames())
    assert caller.name is None or (caller.name.isprintable() and 0 < len(caller.name) <= LONGEST_NAME)
    assert all(isinstance(name, str) for name in caller.role_names)
