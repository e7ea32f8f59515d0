"""LocalStack's Lambda runtime executor ``process``: one process for each execution environment.

Each runs ``awslambdaric HANDLER``, the client of AWS's own Python runtimes. As on AWS, a process that
timed out or died is replaced at the next invocation. Settings, from LocalStack's own environment:

LAMBDA_PROCESS_PYTHON       the interpreter that has awslambdaric
LAMBDA_PROCESS_INIT_SECONDS seconds for the init phase (10, as on AWS)
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from .outcome import Outcome, failure
from .runtime_process import RuntimeProcess

MOST_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
INHERITED = ("PATH", "TMPDIR", "SSL_CERT_FILE")


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """What LocalStack finds by the entry point."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> "type[ProcessRuntimeExecutor]":
        return ProcessRuntimeExecutor


class ProcessRuntimeExecutor(RuntimeExecutor):  # type: ignore[misc]
    """One execution environment."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._runtime: RuntimeProcess | None = None
        self._was_stopped = False
        self._init_failure: Outcome | None = None
        self._init_note = ""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the environment
        self._log_shown = 0

    def start(self, env_vars: dict[str, str]) -> None:
        function = self.function_version.config
        code = function.code.get_unzipped_code_location()
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {name: str(value) for name, value in env_vars.items()}
        environment |= {"LAMBDA_TASK_ROOT": str(code), "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}"}
        environment |= {"PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}
        layers = [layer.code.get_unzipped_code_location() / "python" for layer in reversed(function.layers)]
        paths = [str(code), *map(str, layers), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        logging = function.logging_config or {}
        if logging.get("LogFormat") == "JSON":
            environment |= {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
            environment |= {"AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel") or "INFO"}
        self._environment = environment
        # A failure of the init phase belongs to the invocation that asked for it: invoke() reports it.
        seconds = float(os.environ.get("LAMBDA_PROCESS_INIT_SECONDS") or 10)
        self._init_failure = self._launch("", seconds)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id, timeout = payload["invoke-id"], float(self.function_version.config.timeout)
        began = time.perf_counter()
        outcome, self._init_failure = self._init_failure, None
        if outcome is None and (self._runtime is None or self._runtime.has_ended):
            self._drop_runtime()
            outcome = self._launch(request_id, timeout)
        runtime = self._runtime
        if outcome is None and runtime is not None:
            body = payload["payload"].encode()
            outcome = runtime.invoke(request_id, _headers(payload, timeout), body, timeout)
        if outcome is None:
            raise LambdaRuntimeException("the environment was stopped")
        answered = runtime is not None and runtime.answered(request_id)
        if len(outcome[1]) > MOST_RESPONSE_BYTES:
            limit = f"Response payload size exceeded maximum allowed payload size ({MOST_RESPONSE_BYTES} bytes)."
            outcome = failure("Function.ResponseSizeTooLarge", request_id, limit)
        logs = self._logs_of(request_id, began, "" if answered else json.loads(outcome[1])["errorMessage"])
        if not answered:
            self._drop_runtime()
        return InvocationResult(request_id, outcome[1], is_error=outcome[0], logs=logs)

    def stop(self) -> None:
        self._was_stopped = True
        self._drop_runtime()

    def get_logs(self) -> str:
        return self._read_log(0).decode(errors="replace")

    def get_address(self) -> str:
        return "127.0.0.1"

    get_endpoint_from_executor = get_address

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function = function_version.config
        _python_for(function.runtime)  # a runtime that cannot run leaves the function in the state Failed
        for archive in (function.code, *(layer.code for layer in function.layers)):
            archive.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack itself removes the code."""

    def _launch(self, request_id: str, seconds: float) -> Outcome | None:
        function, began = self.function_version.config, time.perf_counter()
        python = _python_for(function.runtime)
        command = [python, str(Path(__file__).with_name("function_process.py")), str(os.getpid()), function.handler]
        runtime = RuntimeProcess(command, self._environment["LAMBDA_TASK_ROOT"], self._environment, self._log)
        self._runtime = runtime
        went_wrong = runtime.initialise(request_id, seconds)
        self._init_note = f"\tInit Duration: {(time.perf_counter() - began) * 1000:.2f} ms"
        if self._was_stopped:
            runtime.close()
            raise LambdaRuntimeException("the environment was stopped while it was starting")
        return went_wrong

    def _drop_runtime(self) -> None:
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            runtime.close()

    def _read_log(self, start: int) -> bytes:
        return os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, start)

    def _logs_of(self, request_id: str, began: float, platform_error: str) -> str:
        milliseconds, memory = (time.perf_counter() - began) * 1000, self.function_version.config.memory_size
        new = self._read_log(self._log_shown)
        self._log_shown += len(new)
        report = f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms"
        report += f"\tBilled Duration: {int(milliseconds) + 1} ms\tMemory Size: {memory} MB{self._init_note}"
        self._init_note = ""
        begin = f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}"
        said = new.decode(errors="replace").rstrip("\n")
        lines = [begin, said, platform_error, f"END RequestId: {request_id}", report]
        return "\n".join(filter(None, lines)) + "\n"


def _headers(payload: dict[str, str], timeout: float) -> dict[str, Any]:
    return {
        "Lambda-Runtime-Aws-Request-Id": payload["invoke-id"],
        "Lambda-Runtime-Deadline-Ms": int((time.time() + timeout) * 1000),
        "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
        "Lambda-Runtime-Trace-Id": payload["trace-id"],
    }


def _python_for(runtime: str | None) -> str:
    if not (runtime or "").startswith("python"):
        raise LambdaRuntimeException(f"the process executor cannot run the runtime {runtime!r}")
    python = os.environ.get("LAMBDA_PROCESS_PYTHON", "").strip() or sys.executable
    if not shutil.which(python):
        raise LambdaRuntimeException(f"there is no interpreter {python!r}")
    return python
