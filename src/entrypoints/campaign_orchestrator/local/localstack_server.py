"""A real LocalStack, without Docker: its Lambda functions are processes of this machine."""

import json
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from campaign_orchestrator.local.localstack_installation import localstack_python
from campaign_orchestrator.local.server_process import ServerProcess, free_port
from campaign_orchestrator.local.started_and_closed import StartedAndClosed

REGION = "us-east-1"
ACCOUNT = "000000000000"
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 20.0
WARM_FUNCTION_MILLISECONDS = 60_000


class EmbeddedLocalStack(StartedAndClosed):
    """LocalStack on a free loopback port, with its state in a temporary folder.

    Lambda functions run as processes of ``sys.executable``, so they see the packages that we see.
    """

    def __init__(self, *, port: int | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        self._say = say
        self._folder = Path(tempfile.mkdtemp(prefix="orchestrator-localstack-"))
        self._process: ServerProcess | None = None
        self.port = port or free_port()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Start the process, and do not wait until it answers."""
        python = localstack_python(self._say)
        self._process = ServerProcess(
            [python, "-m", "localstack.runtime.main"],
            log=self._folder / "log",
            environment=self._environment(),
            folder=self._folder,
        )

    def wait(self) -> Self:
        """Wait until a launched LocalStack answers."""
        if self._process is None:
            raise RuntimeError("LocalStack was not launched")
        self._process.wait_until(self._is_ready, what="LocalStack", seconds=SECONDS_TO_START)
        return self

    def stop(self) -> None:
        """End LocalStack and the functions that it runs; its state is gone. Repeating it does nothing."""
        if self._process is not None:
            self._process.stop(seconds=SECONDS_TO_STOP)
            self._process = None

    def kill(self) -> None:
        """End LocalStack as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def close(self) -> None:
        """End LocalStack and remove its folder. Repeating it does nothing."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        address, temporary = f"127.0.0.1:{self.port}", self._folder / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "GATEWAY_LISTEN": address,
            "LOCALSTACK_HOST": address,
            "SQS_ENDPOINT_STRATEGY": "path",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_PYTHON": sys.executable,
            "LAMBDA_SYNCHRONOUS_CREATE": "1",
            "LAMBDA_RETRY_BASE_DELAY": "1",
            # LocalStack's default server, twisted, listens on every interface whatever GATEWAY_LISTEN says.
            "GATEWAY_SERVER": "hypercorn",
            "LAMBDA_KEEPALIVE_MS": str(WARM_FUNCTION_MILLISECONDS),
            # LocalStack's folders are shared by all instances of one temporary folder, and removed by the first
            # that ends: each instance has its own.
            "TMPDIR": str(temporary),
        }

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint_url}/_localstack/health", timeout=2) as answer:  # noqa: S310
                return bool(json.load(answer).get("services"))
        except (OSError, urllib.error.URLError, ValueError):
            return False
