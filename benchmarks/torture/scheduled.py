"""Runs the flow `pipeline` on a schedule, many times, and checks for leaks.

    python -m benchmarks.torture.scheduled [RUNS]

Server, deployments and worker are those of `make`; the stages are short and run every EVERY
seconds, so that a day of hourly runs takes minutes. The theorem, from the tenth run on:

- every run completes, and runs the stage whose input changed;
- no process is left, the server and the worker do not gain open files, and no file is left beside
  the outputs, except in DVC's cache, one per output;
- memory of the server and the worker grows by less than MEMORY per run.

The server's database grows with the runs; `make server` lets it delete runs older than 90 days.
100 runs take half an hour. Exit code 1 if the theorem does not hold.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.settings import PREFECT_API_URL, temporary_settings

from benchmarks import arguments
from benchmarks.torture.kills import URL, Project, until

EVERY, FIRST = 15, 10  # seconds; runs
MEMORY = 2**20  # bytes
FINISHED = FlowRunFilter.model_validate(
    {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
)


@dataclass
class Use:
    """Resources that the server and the worker use between two runs."""

    processes: int
    open_files: int
    memory: int
    files: int
    database: int

    @classmethod
    def of(cls, project: Project) -> "Use":
        running = psutil.Process().children(recursive=True)
        home = project.directory / "home"
        return cls(
            len(running),
            sum(process.num_fds() for process in running),
            sum(process.memory_info().rss for process in running),
            sum(
                ".dvc" not in path.parts
                for path in project.directory.rglob("*")
                if home not in path.parents
            ),
            sum(path.stat().st_size for path in home.glob("prefect.db*")),
        )


def runs(client) -> list:
    """Lists the finished runs of the flow."""
    found: list = []
    while more := client.read_flow_runs(flow_run_filter=FINISHED, limit=200, offset=len(found)):
        found += more
    return found


def main() -> None:
    (number,) = arguments(__doc__, runs=100)
    api = temporary_settings({PREFECT_API_URL: URL})
    uses: list[Use] = []
    with TemporaryDirectory() as directory, api, get_client(sync_client=True) as client:
        project = Project(Path(directory).resolve(), seconds=0)
        seed = project.directory / "seed"
        seed.write_text("0")
        project.make("server")
        try:
            until(lambda: client.api_healthcheck() is None, 120)
            project.make("deploy").wait()
            schedule = ["prefect", "deployment", "schedule", "create", "pipeline/scheduled"]
            project.run(*schedule, "--interval", str(EVERY), "--replace", "--accept-yes")
            project.worker = project.make("worker")
            while (over := len(runs(client))) < number:
                seed.write_text(f"{over}")
                until(lambda over=over: len(runs(client)) > over, 300)
                time.sleep(2)  # until its process has ended
                uses.append(Use.of(project))
                print(len(runs(client)), uses[-1], flush=True)
            finished = runs(client)
        finally:
            for process in psutil.Process().children(recursive=True):
                process.kill()
    report(finished, uses[FIRST:])


def report(finished, uses) -> None:
    first, last, count = uses[0], uses[-1], max(1, len(uses) - 1)
    completed = sum(run.state.is_completed() for run in finished)
    print(f"{completed} of {len(finished)} runs completed; from the tenth to the last:")
    for name in ("processes", "files", "open_files"):
        print(f"{name}: {getattr(first, name)} -> {getattr(last, name)}")
    memory = (last.memory - first.memory) / count
    database = (last.database - first.database) / count
    print(f"per run: memory {memory / 1024:+.0f} KiB, database {database / 1024:+.1f} KiB")
    same = (first.processes, first.files) == (last.processes, last.files)
    few = last.open_files <= first.open_files + 5
    sys.exit(not (completed == len(finished) and same and few and memory < MEMORY))


if __name__ == "__main__":
    main()
