"""A real LocalStack, without Docker: its Lambda functions are processes of this machine."""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Self

from campaign_orchestrator.local.embedded_server import EmbeddedServer
from campaign_orchestrator.local.localstack_installation import localstack_python
from campaign_orchestrator.local.server_process import ServerProcess

REGION = "us-east-1"
ACCOUNT = "000000000000"
SECONDS_TO_START = 60.0
WARM_FUNCTION_MILLISECONDS = 60_000
# Those that need nothing to be downloaded. A call of any other is refused at once; without this list, the first
# call of DynamoDB, for one, would wait for a download for ever.
SERVICES = (
    "apigateway,cloudformation,cloudwatch,events,iam,kms,lambda,logs,s3,scheduler,secretsmanager,sns,sqs,ssm,"
    "stepfunctions,sts"
)


class EmbeddedLocalStack(EmbeddedServer):
    """LocalStack, with its state in a temporary folder: a stop or a crash empties it.

    Lambda functions run as processes of ``sys.executable``, so they see the packages that we see.

    Args:
        port: a fixed port, or None for a free one.
        say: is told what is going on, in words.
    """

    name = "LocalStack"

    def __init__(self, *, port: int | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(port=port)
        self._say = say

    @property
    def endpoint_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client of ``service``."""
        import boto3

        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106 - LocalStack asks for one and checks none
        )

    def start(self) -> Self:
        """Start LocalStack, empty, and wait until it answers; installs it first where it is missing."""
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Start the process, and do not wait until it answers."""
        python = localstack_python(self._say)
        self._process = ServerProcess(
            [python, "-m", "localstack.runtime.main"],
            log=self.log,
            environment=self._environment(),
            folder=self.folder,
        )

    def wait(self) -> Self:
        """Wait until a launched LocalStack answers."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not launched")
        self._process.wait_until(self._is_ready, what=self.name, seconds=SECONDS_TO_START)
        return self

    def _end(self, process: ServerProcess) -> None:
        # It has nothing to save; and when it is asked to end while it is at work, it waits for ever for requests of
        # its own, to a gateway that it has closed already.
        process.kill()

    def _environment(self) -> dict[str, str]:
        address, temporary = f"{self.host}:{self.port}", self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "GATEWAY_LISTEN": address,
            "LOCALSTACK_HOST": address,
            "SERVICES": SERVICES,
            "SQS_ENDPOINT_STRATEGY": "path",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_PYTHON": sys.executable,
            "LAMBDA_SYNCHRONOUS_CREATE": "1",
            "LAMBDA_RETRY_BASE_DELAY": "1",
            # A template's resource that it does not know fails the stack, and is not passed over.
            "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
            # LocalStack's default server, twisted, listens on every interface whatever GATEWAY_LISTEN says.
            "GATEWAY_SERVER": "hypercorn",
            "LAMBDA_KEEPALIVE_MS": str(WARM_FUNCTION_MILLISECONDS),
            # LocalStack's folders are shared by all instances of one temporary folder, and removed by the first
            # that ends: each instance has its own.
            "TMPDIR": str(temporary),
            # Its caches and profiles are no business of the user's home.
            "HOME": str(self.folder),
        }

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint_url}/_localstack/health", timeout=2) as answer:  # noqa: S310 - our own address
                return bool(json.load(answer).get("services"))
        except (OSError, urllib.error.URLError, ValueError):
            return False
