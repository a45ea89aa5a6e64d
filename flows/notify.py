"""notify: has the server tell a chat, a mailbox or a webhook of what needs somebody's attention."""

import argparse
import asyncio
import logging
import sys
from typing import Any

from prefect.blocks.abstract import NotificationError
from prefect.blocks.notifications import SlackWebhook  # hands any address to Apprise
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.settings import get_current_settings

from flows.running.command import check_server
from flows.running.events import PREFIX
from image_compressor.errors import InputError

NAME = f"{PREFIX}-notify"  # of the block, and the start of the automations' names
# By name: resources, events, and what the message says.
NEWS = {
    "images": (
        f"{PREFIX}.*",
        [f"{PREFIX}.{what}" for what in ("data.invalid", "drift.detected")],
        "{{ event.payload.message }}",
    ),
    "codecs": (
        f"{PREFIX}.*",
        [f"{PREFIX}.codec.{what}" for what in ("candidate", "promoted", "rejected")],
        "{{ event.resource.id }}: {{ event.payload.why }}",
    ),
    "failures": (
        "prefect.flow-run.*",
        ["prefect.flow-run.Failed", "prefect.flow-run.Crashed", "prefect.flow-run.TimedOut"],
        "{{ flow.name }}, run {{ flow_run.name }}: {{ flow_run.state.message }}",
    ),
}


def main() -> None:
    """Stores the address on the server, sends a first message, and creates the automations."""
    parser = argparse.ArgumentParser("notify", description=__doc__)
    parser.add_argument(
        "address",
        help="as Apprise has them: https://hooks.slack.com/..., mailto://USER:PASSWORD@HOST, "
        "json://HOST/PATH for a webhook, ...; or: off",
    )
    address = parser.parse_args().address
    try:
        if not get_current_settings().api.url:
            fix = "Start one with `make server`, and set PREFECT_API_URL."
            raise InputError(f"Only a Prefect server can notify, and none is named. {fix}")
        asyncio.run(check_server())
        if address == "off":
            with get_client(sync_client=True) as client:
                _forget(client)
            print("notify: off")
        else:
            notify(address)
            print("notify: a first message is sent; the next ones tell of what is new")
    except InputError as error:
        sys.exit(f"notify: {error}")


def notify(address: str) -> None:
    """Sends a first message, then has the server send the others.

    Raises InputError, and changes nothing, if the message cannot be sent.
    """
    block = _tried(address)
    identifier = block.save(NAME, overwrite=True)
    with get_client(sync_client=True) as client:
        _forget(client)
        for name, (resources, expected, message) in NEWS.items():
            automation = _automation(name, resources, expected, message, str(identifier))
            client.create_automation(AutomationCore.model_validate(automation))


def _tried(address) -> SlackWebhook:
    """A block with the address, through which a message went."""
    from apprise import Apprise

    logging.getLogger("apprise").propagate = False  # its errors are in ours
    if not Apprise.instantiate(address):
        wanted, fix = "an address that Apprise knows", "See github.com/caronc/apprise/wiki."
        kind, slashes, _ = address.partition("://")  # the rest may be secret
        raise InputError(wanted, f"{kind}://..." if slashes else "one without ://", fix)
    block = SlackWebhook(url=address)
    try:
        with block.raise_on_failure():
            block.notify("Messages about images and codecs will come here.", PREFIX)
    except NotificationError as error:
        last = (error.log.strip() or "no reason is known").splitlines()[-1]
        reason = last.rpartition("]: ")[2].rstrip(".")
        fix = "Check the address, and that it can be reached from here."
        raise InputError(f"The first message was not sent: {reason}. {fix}") from None
    return block


def _forget(client: SyncPrefectClient) -> None:
    for name in NEWS:
        for earlier in client.read_automations_by_name(f"{NAME}-{name}"):
            client.delete_automation(earlier.id)


def _automation(name, resources, expected, message, block) -> dict[str, Any]:
    return {
        "name": f"{NAME}-{name}",
        "trigger": {
            "type": "event",
            "posture": "Reactive",
            "match": {"prefect.resource.id": resources},
            "expect": expected,
            "threshold": 1,
            "within": 0,
        },
        "actions": [
            {
                "type": "send-notification",
                "block_document_id": block,
                "subject": "{{ event.event }}",
                "body": message,
            }
        ],
    }


if __name__ == "__main__":
    main()
