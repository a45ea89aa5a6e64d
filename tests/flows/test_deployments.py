"""What prefect.yaml tells a server."""

import shutil

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.schemas.automations import AutomationCore
from prefect.flows import load_flow_from_entrypoint

from flows import schedules
from flows.sweep import POINT
from tests.conftest import ROOT

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_each_deployment_is_of_a_flow_one_run_at_a_time_in_the_checkout(deployment, monkeypatch):
    monkeypatch.chdir(ROOT)
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    if deployment["work_pool"]["name"] == "local":
        flow.validate_parameters(deployment.get("parameters", {}))
        assert deployment["concurrency_limit"]["limit"] == 1
    for schedule in deployment.get("schedules", []):
        assert schedule.pop("slug")
        CronSchedule(**schedule)


def test_a_point_of_a_sweep_is_asked_for_with_all_that_its_flow_takes(monkeypatch):
    monkeypatch.chdir(ROOT)
    (deployment,) = [each for each in DEPLOYMENTS if each["work_pool"]["name"] == "sweep"]
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    assert f"{flow.name}/{deployment['name']}" == POINT
    assert "concurrency_limit" not in deployment
    flow.validate_parameters({"revision": "1f3c9ab", "name": "a", "changes": {"train.epochs": 1}})


@pytest.mark.slow
def test_deploying_again_keeps_pauses_and_schedules_added_by_hand(server, toy, monkeypatch):
    (toy.directory / "flows").symlink_to(ROOT / "flows")
    shutil.copy(ROOT / "prefect.yaml", toy.directory)
    settings = {"module": "prefect", "PREFECT_API_URL": server}
    toy.popen("--no-prompt", "work-pool", "create", "--type=process", "local", **settings).wait()
    deploy = ("--no-prompt", "deploy", "--name", "pipeline/scheduled")
    toy.popen(*deploy, **settings).wait()
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("pipeline/scheduled")
        (nightly,) = deployment.schedules
        client.update_deployment_schedule(deployment.id, nightly.id, active=False)
        client.create_deployment_schedules(deployment.id, [(CronSchedule(cron="5 5 * * *"), True)])
        schedules.main()
        toy.popen(*deploy, **settings).wait()
        after = client.read_deployment_schedules(deployment.id)
        client.delete_deployment(deployment.id)
    assert {(each.schedule.cron, each.active) for each in after} == {
        ("0 3 * * *", False),
        ("5 5 * * *", True),
    }


def test_the_automation_is_one_that_prefect_knows():
    (automation,) = yaml.safe_load((ROOT / "flows/heartbeat.yaml").read_text())["automations"]
    AutomationCore.model_validate(automation)
