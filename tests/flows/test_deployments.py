"""Deployments of prefect.yaml on a server."""

import shutil

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint

from flows.running import automations, schedules
from flows.sweep import POINT
from tests.conftest import ROOT

OTHERS = ("slug", "active")  # facts of a schedule
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_each_deployment_is_of_a_flow_one_run_at_a_time_in_the_checkout(deployment, monkeypatch):
    monkeypatch.chdir(ROOT)
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    if deployment["work_pool"]["name"] == "local":
        flow.validate_parameters(deployment.get("parameters", {}))
        assert deployment["concurrency_limit"]["limit"] == 1
    for schedule in deployment.get("schedules", []):
        assert schedule["slug"]
        CronSchedule(**{name: fact for name, fact in schedule.items() if name not in OTHERS})


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
    by_hand = DeploymentScheduleCreate(schedule=CronSchedule(cron="5 5 * * *"))
    # One was deployed before schedules had slugs, and paused; the other was added by hand.
    nightly = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 3 * * *"), active=False)
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="local", type="process"), overwrite=True)
        flow = client.create_flow_from_name("pipeline")
        made = {"work_pool_name": "local", "schedules": [nightly, by_hand]}
        deployment = client.create_deployment(flow, "scheduled", **made)
        schedules.main()
        deploy = ("--no-prompt", "deploy", "--name", "pipeline/scheduled")
        process = toy.popen(*deploy, module="prefect", PREFECT_API_URL=server)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        after = client.read_deployment_schedules(deployment)
        client.delete_deployment(deployment)
    assert {(each.schedule.cron, each.active, each.slug == "nightly") for each in after} == {
        ("0 3 * * *", False, True),
        ("5 5 * * *", True, False),
    }


def test_automations_are_created_once_and_know_their_deployments_by_name(server, monkeypatch):
    monkeypatch.chdir(ROOT)
    with get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("retrain")
        deployment = client.create_deployment(flow, "proposed")
        for _ in range(2):
            automations.main()
        found = {each.name: each for each in client.read_automations()}
        assert len(client.read_automations()) == len(found) == 2
        for each in found.values():
            client.delete_automation(each.id)
        client.delete_deployment(deployment)
    (action,) = found["propose-retraining"].actions
    assert action.deployment_id == deployment
