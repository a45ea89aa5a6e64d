"""The temporary Prefect server of a flow that runs without PREFECT_API_URL."""

import os
import subprocess
import sys
from typing import Any

import prefect
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

COMMAND = (
    *(sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"),
    *("--app-dir", str(prefect.__module_path__.parent), "--log-level", "error", "--lifespan", "on"),
)
SETTINGS = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}


class TemporaryServer(SubprocessASGIServer):
    """Server that ends when this process ends, even by kill -9, and not earlier.

    Prefect's own temporary server survives a kill -9 of the flow. It also receives the flow's
    Ctrl-C and dies first, after which the flow retries for minutes. Prefect uses the first instance
    that is created.
    """

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        """Starts the server in its own session, where it gets no signals from the terminal."""
        server = subprocess.Popen(
            [*COMMAND, "--port", str(self.port)],
            env=os.environ
            | SETTINGS
            | get_current_settings().to_environment_variables(exclude_unset=True),
            start_new_session=True,
        )
        # `read` returns when this process ends, because no other can write to the pipe.
        watch = ["sh", "-c", f"read never; kill {server.pid} 2> /dev/null"]
        self.watch = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)
        return server
