"""The server that Prefect starts for a flow where no other is set."""

import subprocess
from typing import Any

from prefect.server.api.server import SubprocessASGIServer


class TemporaryServer(SubprocessASGIServer):
    """It ends with this process, however that does, kill -9 too. Prefect's own would live on.

    Prefect starts the instance that is made first.
    """

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        server = super()._run_uvicorn_command()
        # `read` ends with this process, which alone can write to that pipe.
        watch = ["sh", "-c", f"read never; kill {server.pid} 2> /dev/null"]
        self.watch = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)
        return server
