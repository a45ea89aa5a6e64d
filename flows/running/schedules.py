"""Before `prefect deploy`: each schedule has a slug, without which Prefect would replace them all.

It then changes only those that prefect.yaml names: others, added by hand, stay, and so do pauses.
"""

from argparse import ArgumentParser
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import DeploymentSchedule
from ruamel.yaml import YAML


def main() -> None:
    """Gives a slug to each schedule that has none: that in prefect.yaml of one of equal cron."""
    declared = YAML(typ="safe").load(Path("prefect.yaml"))["deployments"]
    named = {
        (each["name"], schedule["cron"]): schedule["slug"]
        for each in declared
        for schedule in each.get("schedules", [])
    }
    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            taken = {schedule.slug for schedule in deployment.schedules}
            for schedule in deployment.schedules:
                if schedule.slug is None:
                    slug = named.get((deployment.name, _cron(schedule)))
                    slug = str(schedule.id) if slug is None or slug in taken else slug
                    client.update_deployment_schedule(deployment.id, schedule.id, slug=slug)
                    taken.add(slug)


def _cron(schedule: DeploymentSchedule) -> str | None:
    return getattr(schedule.schedule, "cron", None)


if __name__ == "__main__":
    ArgumentParser("python -m flows.schedules", description=__doc__).parse_args()
    main()
