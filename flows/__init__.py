"""Runs the pipeline under Prefect: retries, timeouts and artifacts. DVC runs the stages."""

import os
import signal
import sys

# Prefect reads these while it is imported: no telemetry, and more time to start on a busy machine.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")

# Imports take seconds, during which Ctrl-C should end `python -m flows.NAME` without a traceback
# (argv[0] is "-m" until Python has found the module). Later, `stop.stoppable` handles it.
if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
