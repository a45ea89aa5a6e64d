"""The pipeline under Prefect: retries, timeouts, and what people see. DVC runs the stages."""

import os
import signal
import sys

# Before Prefect is imported, which reads them then: no telemetry, and time for a busy machine.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")

# `python -m flows.NAME`, which is "-m" until its module is found, imports for seconds: Ctrl-C ends
# it without a trace. `stop.stoppable` takes over from there.
if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
