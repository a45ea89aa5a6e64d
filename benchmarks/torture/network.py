"""Hosts on a private network, made with Linux namespaces and `ip`, which need root."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

NETWORK = "10.77.0"  # the address of host N is NETWORK.N
# Isolates names, addresses and mounts from the outside; all processes end with the first.
ALONE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
NAMES = 'mkdir -p /run/netns && mount -t tmpfs netns /run/netns && exec "$@"'


def alone(*command: str) -> int:
    """Runs a command that can make hosts; returns its exit code."""
    return subprocess.call([*ALONE, "sh", "-c", NAMES, "sh", *command])


def bridge() -> None:
    """Makes the bridge that links all hosts, with an address for this process."""
    ip("link add bridge type bridge")
    ip(f"address add {NETWORK}.254/24 dev bridge")
    ip("link set bridge up")


class Host:
    """A network namespace with an address, and with its own directory mounted at `here`.

    Args:
        home: directory for its files.
        number: last part of its address; from 1 to 253.
        here: directory where its commands run; each host sees its own files there.
        rate: rate of its link, such as 8mbit.
        environment: environment variables for its commands.
    """

    def __init__(
        self, home: Path, number: int, here: Path, rate: str, environment: Mapping[str, str]
    ):
        self.name, self.link = f"host{number}", f"link{number}"
        self.address = f"{NETWORK}.{number}"
        self.home, self.here, self.files = home, here, home / "files"
        self.files.mkdir(parents=True)
        here.mkdir(exist_ok=True)
        # `tc` is in /usr/sbin or /sbin, which need not be in PATH.
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment = os.environ | environment | {"HOME": str(home), "PATH": path}
        ip(f"netns add {self.name}")
        ip(f"link add {self.link} type veth peer name eth0 netns {self.name}")
        ip(f"link set {self.link} master bridge up")
        ip(f"-n {self.name} address add {self.address}/24 dev eth0")
        for device in ("lo", "eth0"):
            ip(f"-n {self.name} link set {device} up")
        limit = f"tc qdisc add dev eth0 root tbf rate {rate} burst 64kb latency 400ms"
        self.run(*limit.split())

    def start(self, *command: str, **options) -> subprocess.Popen:
        """Starts a command on this host, with output to the file `log` in its home."""
        bind = f'mount --bind "{self.files}" "{self.here}" && cd "{self.here}" && exec "$@"'
        inside = ["ip", "netns", "exec", self.name, "sh", "-c", bind, "sh", *command]
        with (self.home / "log").open("a") as log:
            options = {"stdout": log, "stderr": subprocess.STDOUT, "text": True} | options
            return subprocess.Popen(inside, env=self.environment, **options)

    def run(self, *command: str) -> str:
        """Runs a command that must succeed; returns its output."""
        process = self.start(*command, stdout=subprocess.PIPE)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        return printed.strip()

    def cut(self, seconds: float) -> None:
        """Takes the host off the network for `seconds`."""
        ip(f"link set {self.link} down")
        time.sleep(seconds)
        ip(f"link set {self.link} up")


def ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)
