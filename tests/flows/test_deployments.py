"""What prefect.yaml tells a server."""

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.schemas.automations import AutomationCore
from prefect.flows import load_flow_from_entrypoint

from tests.conftest import ROOT

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_each_deployment_is_of_a_flow_one_run_at_a_time(deployment, monkeypatch):
    monkeypatch.chdir(ROOT)
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    flow.validate_parameters(deployment.get("parameters", {}))
    assert deployment["concurrency_limit"]["limit"] == 1
    for schedule in deployment.get("schedules", []):
        CronSchedule(**schedule)


def test_the_automation_is_one_that_prefect_knows():
    (automation,) = yaml.safe_load((ROOT / "flows/heartbeat.yaml").read_text())["automations"]
    AutomationCore.model_validate(automation)
