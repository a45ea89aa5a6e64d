"""The pipeline under Prefect: retries, timeouts, and what people see. DVC runs the stages."""

import os

# Before Prefect is imported, which reads them then: no telemetry, and time for a busy machine.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
