"""Who sends and calls: SNS in LocalStack, Connect by its own model, and what each failure of theirs means."""

import json
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.session import Session
from botocore.stub import Stubber

from campaign_contacts.message_provider import Message, MessageProvider, Verdict
from campaign_contacts.message_providers import message_provider
from campaign_contacts.recorded_messages import RecordingMessageProvider
from campaign_contacts.sns_messages import SnsMessageProvider, delivery_of_failure
from dispatching.desk import Desk
from orchestrator_adapters.aws.clients import LazyClient
from serving.functions import a_queueing_function, received_by
from serving.servers import AwsServer
from sms_dispatcher.continuation import LambdaContinuation
from voice_workflow.call_provider import Call, CallPhase, CallProvider, CallSeen
from voice_workflow.call_providers import call_provider
from voice_workflow.connect_calls import ConnectCallProvider
from voice_workflow.recorded_calls import RecordingCallProvider

MESSAGE = Message(campaign_id="c", contact_id="contact-1", phone="+15550000001", text="Good day")
CALL = Call(client_token="run-contact-1", campaign_id="c", contact_id="contact-1", phone="+15550000001")


def failure(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Publish")


def test_a_text_is_published_to_its_number_once(aws_server: AwsServer) -> None:
    provider = SnsMessageProvider(client=LazyClient(lambda: aws_server.client("sns")))
    delivery = provider.send(MESSAGE)
    assert (delivery.verdict, delivery.code) == (Verdict.SENT, None)
    assert delivery.reference
    sent = requests.get(f"{aws_server.endpoint_url}/_aws/sns/sms-messages", timeout=10).json()["sms_messages"]
    ours = [one for messages in sent.values() for one in messages if one["MessageId"] == delivery.reference]
    assert [(one["PhoneNumber"], one["Message"]) for one in ours] == [("+15550000001", "Good day")]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (failure("InvalidParameter", 400), Verdict.CONTACT_REFUSED),
        (failure("Throttling", 400), Verdict.NOT_NOW),
        (failure("AuthorizationError", 403), Verdict.PROVIDER_REFUSES),
        (failure("InternalError", 500), Verdict.UNKNOWN),
        (failure("Throttling", 503), Verdict.UNKNOWN),
        (ReadTimeoutError(endpoint_url="x"), Verdict.UNKNOWN),
        (EndpointConnectionError(endpoint_url="x"), Verdict.NOT_NOW),
        (ValueError("what nobody expected"), Verdict.UNKNOWN),
    ],
    ids=str,
)
def test_what_a_failure_of_sns_may_have_done(error: Exception, verdict: Verdict) -> None:
    assert delivery_of_failure(error).verdict is verdict


@pytest.fixture
def connect() -> Any:
    return Session().create_client(
        "connect", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


def connect_provider(client: Any) -> ConnectCallProvider:
    return ConnectCallProvider(
        client=LazyClient(lambda: client), instance_id="i", contact_flow_id="f", source_phone="+15550000000"
    )


def test_a_call_is_placed_under_its_client_token(connect: Any) -> None:
    with Stubber(connect) as stub:
        wanted = {
            "DestinationPhoneNumber": "+15550000001",
            "ContactFlowId": "f",
            "InstanceId": "i",
            "SourcePhoneNumber": "+15550000000",
            "ClientToken": "run-contact-1",
            "Attributes": {},
        }
        stub.add_response("start_outbound_voice_contact", {"ContactId": "contact"}, wanted)
        delivery = connect_provider(connect).place(CALL)
    assert (delivery.verdict, delivery.reference) == (Verdict.SENT, "contact")


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("DestinationNotAllowedException", 403, Verdict.CONTACT_REFUSED),
        ("OutboundContactNotPermittedException", 403, Verdict.CONTACT_REFUSED),
        ("LimitExceededException", 429, Verdict.NOT_NOW),
        ("ThrottlingException", 429, Verdict.NOT_NOW),
        ("ResourceNotFoundException", 404, Verdict.PROVIDER_REFUSES),
        ("InternalServiceException", 500, Verdict.UNKNOWN),
    ],
)
def test_what_a_failure_to_place_a_call_may_have_done(
    connect: Any, code: str, status: int, verdict: Verdict
) -> None:
    with Stubber(connect) as stub:
        stub.add_client_error("start_outbound_voice_contact", code, http_status_code=status)
        assert connect_provider(connect).place(CALL).verdict is verdict


@pytest.mark.parametrize(
    ("contact", "seen"),
    [
        ({}, CallSeen(phase=CallPhase.RINGING)),
        ({"ConnectedToSystemTimestamp": 1}, CallSeen(phase=CallPhase.ANSWERED, answered=True)),
        (
            {"ConnectedToSystemTimestamp": 1, "DisconnectTimestamp": 2, "DisconnectReason": "CUSTOMER_DISCONNECT"},
            CallSeen(phase=CallPhase.ENDED, answered=True, code="CUSTOMER_DISCONNECT"),
        ),
        (
            {"DisconnectTimestamp": 2, "DisconnectReason": "BUSY"},
            CallSeen(phase=CallPhase.ENDED, answered=False, code="BUSY"),
        ),
    ],
)
def test_how_a_call_stands_is_read_from_its_instants(connect: Any, contact: dict[str, Any], seen: CallSeen) -> None:
    with Stubber(connect) as stub:
        stub.add_response("describe_contact", {"Contact": contact}, {"InstanceId": "i", "ContactId": "contact"})
        assert connect_provider(connect).look("contact") == seen


def test_a_call_that_cannot_be_looked_at_or_hung_up_raises_nothing(connect: Any) -> None:
    with Stubber(connect) as stub:
        stub.add_client_error("describe_contact", "ThrottlingException", http_status_code=429)
        stub.add_client_error("stop_contact", "ContactNotFoundException", http_status_code=404)
        provider = connect_provider(connect)
        assert provider.look("contact") is None
        provider.hang_up("contact")
        stub.assert_no_pending_responses()


def test_a_recorded_call_is_one_however_often_it_is_placed(desk: Desk) -> None:
    provider = RecordingCallProvider(desk.pool)
    assert {provider.place(CALL).reference for _ in range(3)} == {"run-contact-1"}
    assert desk.recorded("recorded_calls", "c") == {"contact-1": 1}
    assert provider.look("nobody") is None


def test_an_invocation_that_goes_on_is_queued_with_its_order(aws_server: AwsServer) -> None:
    function = a_queueing_function(aws_server)
    order = {"campaignId": "continued", "claimant": "first"}
    LambdaContinuation(client=LazyClient(lambda: aws_server.client("lambda")), function_name=function).go_on(order)
    assert received_by(aws_server, lambda event: event.get("campaignId") == "continued") == [order]


def test_the_environment_chooses_the_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DB_HOST": "h",
        "DB_NAME": "n",
        "DB_USER": "u",
        "DB_PASSWORD": "p",
        "AWS_REGION": "r",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("INSTANCE_ID", "CONTACT_FLOW_ID", "SOURCE_PHONE_NUMBER"):
        monkeypatch.setenv(f"CONNECT_{name}", "x")
    chosen: list[MessageProvider | CallProvider] = [message_provider(), call_provider()]
    monkeypatch.setenv("MESSAGE_PROVIDER", "recording")
    monkeypatch.setenv("CALL_PROVIDER", "recording")
    chosen += [message_provider(), call_provider()]
    assert [type(one) for one in chosen] == [
        SnsMessageProvider,
        ConnectCallProvider,
        RecordingMessageProvider,
        RecordingCallProvider,
    ]
    for name in ("MESSAGE_PROVIDER", "CALL_PROVIDER"):
        monkeypatch.setenv(name, "pigeon")
    for choose in (message_provider, call_provider):
        with pytest.raises(ValueError, match="pigeon"):
            choose()


def test_nothing_that_is_printed_names_a_number_or_a_text() -> None:
    shown = repr(MESSAGE) + repr(CALL) + json.dumps(str(MESSAGE))
    assert "+1555" not in shown
    assert "Good day" not in shown
