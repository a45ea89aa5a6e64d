"""The server tells a webhook of what needs somebody's attention."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import notify
from flows.running import events

pytestmark = pytest.mark.slow


@pytest.fixture
def receiver():
    """(the address of a webhook, the messages that have come to it)."""
    messages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            messages.append((content["title"], content["message"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}/", messages
        server.shutdown()


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["notify", *arguments])
    notify.main()


def automations():
    with get_client(sync_client=True) as client:
        return [each for each in client.read_automations() if each.name.startswith(notify.NAME)]


def test_messages_come_for_news_until_it_is_off(server, receiver, monkeypatch):
    address, messages = receiver
    for _ in range(2):
        run(monkeypatch, address)
    assert len(automations()) == len(notify.NEWS)
    assert [title for title, _ in messages] == 2 * ["image-compressor"]
    events.emit("drift.detected", "s3://bucket/images", message="of another kind")
    events.emit("codec.promoted", "codec@v0.0.1", why="2 % fewer bytes")
    until = time.monotonic() + 60
    while len(messages) < 4 and time.monotonic() < until:
        time.sleep(0.1)
    assert {*messages[2:]} == {
        ("image-compressor.drift.detected", "of another kind"),
        ("image-compressor.codec.promoted", "image-compressor.codec@v0.0.1: 2 % fewer bytes"),
    }
    run(monkeypatch, "off")
    assert automations() == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("json://user:secret@127.0.0.1:9/", "The first message was not sent: "),
        ("secret", "Expected an address that Apprise knows. Received: one without ://"),
        ("nothing://secret", "Received: nothing://..."),
    ],
)
def test_an_address_that_does_not_work_is_one_line(server, address, said, monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, address)
    assert str(ended.value.code).startswith("notify: ") and said in ended.value.code
    assert "\n" not in ended.value.code and "user:secret" not in ended.value.code
    assert automations() == []


def test_without_a_server_it_says_how_to_start_one(monkeypatch):
    without = temporary_settings(restore_defaults={PREFECT_API_URL})
    with without, pytest.raises(SystemExit, match="Start one with `make server`"):
        run(monkeypatch, "json://127.0.0.1:9/")
