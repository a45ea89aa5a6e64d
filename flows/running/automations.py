"""Tells the server of the automations in flows/automations.yaml, in place of earlier ones."""

from argparse import ArgumentParser
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore
from ruamel.yaml import YAML

FILE = Path("flows/automations.yaml")


def main() -> None:
    """Creates each automation. The file names deployments, of which the server wants the ids."""
    with get_client(sync_client=True) as client:
        for declared in YAML(typ="safe").load(FILE)["automations"]:
            for action in declared["actions"]:
                if name := action.pop("deployment", None):
                    action["source"] = "selected"
                    action["deployment_id"] = client.read_deployment_by_name(name).id
            for earlier in client.read_automations_by_name(declared["name"]):
                client.delete_automation(earlier.id)
            client.create_automation(AutomationCore.model_validate(declared))


if __name__ == "__main__":
    ArgumentParser("python -m flows.running.automations", description=__doc__).parse_args()
    main()
