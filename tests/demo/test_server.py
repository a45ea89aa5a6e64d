import http.client
import json
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.demo import patience, server
from image_compressor.images.image_files import png
from tests.ingest.bad_files import png_of


def ask(address, data=None, **headers):
    """The (status, body, headers) of a response."""
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read(), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def lives(address, image):
    return ask(f"{address}/compress?quality=50", png(image))[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/compress?quality=50", b"To whom it may concern"),
        ("/compress?quality=50", b""),
        ("/compress?quality=50", png_of(10_000, 10_000)),
        ("/compress?quality=101", png_of(16, 16)),
        ("/compress?quality=high", png_of(16, 16)),
        ("/compress", png_of(16, 16)),
        ("/compare?ssim=0.9", b"To whom it may concern"),
        ("/decompress?start=0&end=1", b"IMGC"),
        ("/decompress?start=0&end=1", b""),
    ],
)
def test_bad_requests_get_a_sentence_and_the_server_lives(address, pictures, path, body):
    status, answer, _ = ask(address + path, body)
    assert status == 400
    assert json.loads(answer)["error"].endswith(".")
    assert lives(address, pictures[0])


def test_a_body_that_is_too_large_is_not_read_to_its_end(address, pictures):
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname, url.port)
    connection.putrequest("POST", "/compress?quality=50")
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    for _ in range(server.LARGEST // 2**20 + 1):
        connection.send(bytes(2**20))
    response = connection.getresponse()
    assert response.status == 413
    assert "a file of at most" in json.loads(response.read())["error"]
    connection.close()
    assert lives(address, pictures[0])


def test_dns_rebinding_is_refused(address):
    """Another site can make its own name resolve to this machine."""
    assert ask(f"{address}/codec", Host="example.org")[0] == 400
    assert ask(f"{address}/codec", Host=f"localhost:{urlsplit(address).port}")[0] == 200


def test_requests_of_other_sites_are_refused_but_their_links_work(address, pictures):
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    content = png(pictures[0])
    status, answer, _ = ask(f"{address}/compress?quality=50", content, **elsewhere)
    assert status == 403
    assert json.loads(answer)["error"].startswith("Expected ")
    assert ask(f"{address}/codec", **elsewhere)[0] == 403
    form = {**elsewhere, "Sec-Fetch-Mode": "navigate"}
    assert ask(f"{address}/compress?quality=50", content, **form)[0] == 403
    assert ask(address, **form)[0] == 200
    assert ask(f"{address}/codec", **{"Sec-Fetch-Site": "same-origin"})[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://127.0.0.1:1"}, 403),  # a page on another port
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=str,
)
def test_only_the_own_page_may_send_requests(digits_address, headers, status):
    port = urlsplit(digits_address).port
    sent = {name: value.format(port=port) for name, value in headers.items()}
    assert ask(f"{digits_address}/codec", **sent)[0] == status
    content = png(np.zeros((28, 28), np.uint8))
    assert ask(f"{digits_address}/compress?quality=50", content, **sent)[0] == status


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: ",
        b"POST /compress?quality=50 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nIM",
        b"GET /codec HTTP/1.1\r\nHost: localhost\r\n\r\nGET /codec HTTP/1.1\r\nHost: ",
    ],
)
def test_slow_connections_are_closed_even_if_bytes_trickle_in(digits_address, monkeypatch, sent):
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    url = urlsplit(digits_address)
    with socket.create_connection((url.hostname, url.port), timeout=0.05) as connection:
        connection.sendall(sent)
        closed = False
        while not closed:
            try:
                closed = not connection.recv(2**16)
            except TimeoutError:
                connection.sendall(b"x" if sent else b"")
            except ConnectionError:
                closed = True
    assert ask(f"{digits_address}/codec")[0] == 200


@pytest.mark.parametrize("path", ["/", "/codec", "/web/codec.js", "/nothing"])
def test_no_other_site_may_read_the_responses(address, path):
    headers = ask(address + path)[2]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_may_load_only_local_resources(address):
    policy = ask(address)[2]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_browser_decodes_with_the_codecs_own_files(address, exported):
    for name in ("tables.npz", "decoder.tflite"):
        assert ask(f"{address}/codec/{name}")[1] == (exported / name).read_bytes()
    identity = json.loads(ask(f"{address}/codec")[1])["id"]
    assert identity == Codec.load(exported).identity.hex()
    assert ask(f"{address}/codec/encoder.tflite")[0] == 404
