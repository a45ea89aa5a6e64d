"""The server that Prefect starts for a flow where no other is set."""

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
    """Ends with this process, however that does, kill -9 too, and not before it.

    Prefect's own would live on after kill -9, and would die of the Ctrl-C that is meant for the
    flow, which then asks a dead server for minutes. Prefect starts the instance that is made first.
    """

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        """Starts the server in a session of its own, which no signal of a terminal reaches."""
        server = subprocess.Popen(
            [*COMMAND, "--port", str(self.port)],
            env=os.environ
            | SETTINGS
            | get_current_settings().to_environment_variables(exclude_unset=True),
            start_new_session=True,
        )
        # `read` ends with this process, which alone can write to that pipe.
        watch = ["sh", "-c", f"read never; kill {server.pid} 2> /dev/null"]
        self.watch = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)
        return server
