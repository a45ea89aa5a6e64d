"""Hosts on a network of their own: namespaces of Linux, which only root may make, and `ip`."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

NETWORK = "10.77.0"  # the address of host N is NETWORK.N
# Nothing outside sees its names, addresses and mounts; all processes end with the first.
ALONE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
NAMES = 'mkdir -p /run/netns && mount -t tmpfs netns /run/netns && exec "$@"'


def alone(*command: str) -> int:
    """Runs a command, which may then make hosts. Returns its exit code."""
    return subprocess.call([*ALONE, "sh", "-c", NAMES, "sh", *command])


def bridge() -> None:
    """What all hosts are linked to; this process has an address on it too."""
    ip("link add bridge type bridge")
    ip(f"address add {NETWORK}.254/24 dev bridge")
    ip("link set bridge up")


class Host:
    """A network namespace with an address, and a directory of its own in place of `here`.

    Args:
        home: directory for its files.
        number: last part of its address; from 1 to 253.
        here: directory where its commands run; each host sees its own files there.
        rate: of its link, such as 8mbit.
        environment: of its commands.
    """

    def __init__(
        self, home: Path, number: int, here: Path, rate: str, environment: Mapping[str, str]
    ):
        self.name, self.link = f"host{number}", f"link{number}"
        self.address = f"{NETWORK}.{number}"
        self.home, self.here, self.files = home, here, home / "files"
        self.files.mkdir(parents=True)
        here.mkdir(exist_ok=True)
        # `tc` is where a user has no commands.
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
        """A command on this host; what it prints goes to the file `log` in its home."""
        bind = f'mount --bind "{self.files}" "{self.here}" && cd "{self.here}" && exec "$@"'
        inside = ["ip", "netns", "exec", self.name, "sh", "-c", bind, "sh", *command]
        with (self.home / "log").open("a") as log:
            options = {"stdout": log, "stderr": subprocess.STDOUT, "text": True} | options
            return subprocess.Popen(inside, env=self.environment, **options)

    def run(self, *command: str) -> str:
        """What it prints; it must succeed."""
        process = self.start(*command, stdout=subprocess.PIPE)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        return printed.strip()

    def cut(self, seconds: float) -> None:
        """Takes the host off the network for so long."""
        ip(f"link set {self.link} down")
        time.sleep(seconds)
        ip(f"link set {self.link} up")


def ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)
