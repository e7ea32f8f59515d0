"""Asks AWS over HTTP without its client library, whose import and calls take longer than all the rest.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import math
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from io import BytesIO
from typing import Any, ClassVar, Final, Self
from urllib.parse import quote

from attrs import define, evolve, field

from orchestrator_adapters.aws.http_answer import HttpAnswer, UnreadableAnswer
from orchestrator_adapters.aws.kept_connections import KeptConnections
from orchestrator_adapters.aws.never_sent import CredentialsNotSet, RequestNotSendable
from orchestrator_adapters.aws.signature_v4 import SigningCredentials, authorization

FIRST_STATUS_OF_ERRORS: Final = 300
USER_AGENT: Final = "campaign-orchestrator"
SAFE_IN_A_TRACE: Final = "-=;:+&[]{}\"',"
INVOCATION_TYPE: Final = "x-amz-invocation-type"

Request = tuple[str, dict[str, str], bytes]
"""Path, headers in lower case, and body."""


@define(kw_only=True, eq=False, repr=False)
class DirectClient(ABC):
    """Makes each call once. Its methods take what those of botocore's clients take, and give and raise the same.

    Of an answer's values only those are as botocore gives them that are no times. The credentials are those of the
    environment at each call.

    Attributes:
        service: botocore's name of the service.
        most_seconds: what a call may take; never more than the time of its connection.
    """

    service: ClassVar[str]
    signing_name: ClassVar[str]
    has_error_type_header: ClassVar[bool] = False

    region: str
    connections: KeptConnections
    environment: Mapping[str, str] = field(factory=lambda: os.environ)
    most_seconds: float = math.inf

    def within(self, seconds: float) -> Self:
        """This client, over the same connections, for calls that take ``seconds`` at most."""
        return evolve(self, most_seconds=seconds)

    def call(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Every call of every client goes through here.

        Raises:
            ConnectionNotMade, ConnectTimedOut, HandshakeFailed, CredentialsNotSet, RequestNotSendable: nothing was
                sent.
            ErrorAnswer: AWS has answered with an error.
            Exception: any other; nobody knows what has become of the request.
        """
        answer = self.connections.ask(self._sent(operation, asked), within=self.most_seconds)
        metadata = {
            "RequestId": answer.headers.get("x-amzn-requestid"),
            "HTTPStatusCode": answer.status,
            "HTTPHeaders": answer.headers,
            "RetryAttempts": 0,
        }
        if answer.status >= FIRST_STATUS_OF_ERRORS:
            from orchestrator_adapters.aws.error_answers import ErrorAnswer, told_error

            error = told_error(answer, has_type_header=self.has_error_type_header)
            raise ErrorAnswer({"Error": error, "ResponseMetadata": metadata})
        return {**self._told(answer), "ResponseMetadata": metadata}

    def close(self) -> None:
        """Close the connections that are not in use; the client goes on with new ones."""
        self.connections.close()

    @abstractmethod
    def _request(self, operation: str, asked: Mapping[str, Any]) -> Request:
        """What asks for ``operation``."""

    @abstractmethod
    def _told(self, answer: HttpAnswer) -> dict[str, Any]:
        """The values of an answer that tells of no error."""

    def _sent(self, operation: str, asked: Mapping[str, Any]) -> bytes:
        """The whole request, as it is sent."""
        credentials = self._credentials()
        try:
            path, headers, body = self._request(operation, asked)
            at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            headers["host"], headers["x-amz-date"] = self.connections.address.name, at
            if credentials.session_token:
                headers["x-amz-security-token"] = credentials.session_token
            headers["authorization"] = authorization(
                credentials=credentials,
                region=self.region,
                service=self.signing_name,
                at=at,
                method="POST",
                path=path,
                headers=headers,
                body=body,
            )
            headers |= self._unsigned()
            if not "".join(headers.values()).isprintable():
                raise RequestNotSendable("a control character")  # which could end the header
            lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
            return f"POST {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode("ascii") + body
        except RequestNotSendable:
            raise
        except Exception as error:  # whatever it is: nothing has been sent
            raise RequestNotSendable(type(error).__name__) from None

    def _credentials(self) -> SigningCredentials:
        get = self.environment.get
        access_key, secret_key = get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")
        if not access_key or not secret_key:
            raise CredentialsNotSet
        return SigningCredentials(
            access_key=access_key, secret_key=secret_key, session_token=get("AWS_SESSION_TOKEN")
        )

    def _unsigned(self) -> dict[str, str]:
        """Headers that somebody on the way may change.

        Lambda tells by the trace that functions call one another in a circle
        (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
        """
        trace = self.environment.get("_X_AMZN_TRACE_ID")
        named = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        if trace and "AWS_LAMBDA_FUNCTION_NAME" in self.environment:
            named["x-amzn-trace-id"] = quote(trace, safe=SAFE_IN_A_TRACE)
        return named


class JsonClient(DirectClient):
    """Of a service whose requests and answers are JSON, with the operation in a header."""

    target: ClassVar[str]
    content_type: ClassVar[str] = "application/x-amz-json-1.1"

    def _request(self, operation: str, asked: Mapping[str, Any]) -> Request:
        headers = {"content-type": self.content_type, "x-amz-target": f"{self.target}.{operation}"}
        return "/", headers, json.dumps(asked).encode()

    def _told(self, answer: HttpAnswer) -> dict[str, Any]:
        try:
            told = json.loads(answer.body.decode())
        except ValueError:
            return {}
        if not isinstance(told, dict):
            raise UnreadableAnswer("no object")
        return told


class StepFunctionsClient(JsonClient):
    """Step Functions."""

    service: ClassVar[str] = "stepfunctions"
    signing_name: ClassVar[str] = "states"
    target: ClassVar[str] = "AWSStepFunctions"
    content_type: ClassVar[str] = "application/x-amz-json-1.0"

    def start_execution(self, **asked: Any) -> dict[str, Any]:
        return self.call("StartExecution", asked)

    def stop_execution(self, **asked: Any) -> dict[str, Any]:
        return self.call("StopExecution", asked)

    def describe_execution(self, **asked: Any) -> dict[str, Any]:
        return self.call("DescribeExecution", asked)

    def list_executions(self, **asked: Any) -> dict[str, Any]:
        return self.call("ListExecutions", asked)

    def describe_state_machine(self, **asked: Any) -> dict[str, Any]:
        return self.call("DescribeStateMachine", asked)


class EventBridgeClient(JsonClient):
    """EventBridge."""

    service: ClassVar[str] = "events"
    signing_name: ClassVar[str] = "events"
    target: ClassVar[str] = "AWSEvents"

    def put_events(self, **asked: Any) -> dict[str, Any]:
        return self.call("PutEvents", asked)


class SecretsManagerClient(JsonClient):
    """Secrets Manager."""

    service: ClassVar[str] = "secretsmanager"
    signing_name: ClassVar[str] = "secretsmanager"
    target: ClassVar[str] = "secretsmanager"

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        return self.call("GetSecretValue", asked)


class LambdaClient(DirectClient):
    """Lambda."""

    service: ClassVar[str] = "lambda"
    signing_name: ClassVar[str] = "lambda"
    has_error_type_header: ClassVar[bool] = True

    def invoke(self, **asked: Any) -> dict[str, Any]:
        return self.call("Invoke", asked)

    def _request(self, operation: str, asked: Mapping[str, Any]) -> Request:
        try:
            function, kind, payload = asked["FunctionName"], asked["InvocationType"], asked["Payload"]
        except KeyError as error:
            raise RequestNotSendable(f"no {error.args[0]}") from None
        path = f"/2015-03-31/functions/{quote(function, safe='-._~')}/invocations"
        return path, {INVOCATION_TYPE: kind}, payload

    def _told(self, answer: HttpAnswer) -> dict[str, Any]:
        return {"StatusCode": answer.status, "Payload": BytesIO(answer.body)}
