"""The flow pipeline, in a project of three trivial stages."""

import os
import signal
import subprocess
import sys
import time

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_PROFILES_PATH, temporary_settings

from flows import pipeline
from flows.running import command, stages
from flows.versions.repository import Repository
from image_compressor import InputError
from tests.conftest import ROOT


@pytest.fixture
def run(server, toy):
    return lambda: pipeline.pipeline(return_state=True)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Prefect's home directory, shared because creating its database takes seconds."""
    return str(tmp_path_factory.mktemp("home"))


def test_only_what_changed_runs(run, toy):
    assert run().message == "Ran: first, second, third."
    assert toy.ran() == ["first", "second", "third"]
    assert run().message == "Nothing ran, because nothing changed."
    toy.command("second", "true")
    assert run().message == "Ran: second."
    assert toy.ran() == ["second"]
    assert toy.dvc("status").strip() == "Data and pipelines are up to date."
    for output in ("second.out", "third.out"):
        (toy.directory / output).unlink()
    assert run().message == "Restored: second, third."
    assert toy.ran() == []


def test_a_stage_that_always_runs_decides_what_has_changed(run, toy):
    toy.stages["first"]["deps"].append("listed")
    toy.stages["scan"] = {"cmd": "cat files > listed", "always_changed": True, "outs": ["listed"]}
    (toy.directory / "files").write_text("a")
    toy.write()
    assert run().message == "Ran: first, second, third."
    assert run().message == "Nothing ran, because nothing changed."
    (toy.directory / "files").write_text("a, b")
    assert Repository(toy.directory).stale() == ["first"]
    assert run().message == "Ran: first."  # it writes the same bytes


def test_what_scan_refuses_is_the_line_and_not_what_it_counted(toy):
    refused = "echo scan: 3 files passed over; echo 'scan: Expected a. Change it.' >&2; exit 1"
    toy.stages["scan"] = {"cmd": refused, "always_changed": True, "outs": ["listed"]}
    toy.write()
    with pytest.raises(InputError, match=r"failed: Expected a\. Change it\.$"):
        Repository(toy.directory).stale()


def test_a_stage_that_fails_twice_succeeds_at_the_third_try_and_no_other_is_repeated(
    run, toy, monkeypatch
):
    monkeypatch.setitem(stages.RETRIES, "second", {"retries": 2, "retry_delay_seconds": 0})
    toy.command("second", "echo tried >> ran; test $(grep -c tried ran) -eq 3 || exit 75")
    assert run().is_completed()
    assert toy.ran() == ["first", *3 * ["tried"], "second", "third"]


def test_the_first_failure_ends_the_flow_with_what_the_stage_said(run, toy):
    toy.command("second", "echo 'Expected a. Received b.'; exit 1")
    state = run()
    assert state.is_failed()
    assert state.message.startswith("second failed: ")
    assert "Expected a. Received b. ERROR: failed to reproduce 'second'" in state.message
    assert toy.ran() == ["first"]


def test_a_timeout_ends_a_stage_and_the_next_flow_completes(run, toy, monkeypatch):
    toy.command("first", "test -e again || { sleep 1000 & sleep 1000; }")
    with monkeypatch.context() as patch:
        patch.setitem(stages.TIMEOUTS, "first", 3)
        state = run()
    assert state.is_failed()
    assert "not finished after 3 seconds" in state.message
    assert toy.processes() == []
    (toy.directory / "again").touch()
    assert run().message == "Ran: first, second, third."


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.torture),
        pytest.param(signal.SIGINT, marks=pytest.mark.torture),
    ],
)
def test_a_killed_flow_leaves_no_process_and_the_next_completes(server, toy, run, how):
    toy.command("second", "test -e again || { echo here; sleep 1000 & sleep 1000; }")
    killed = toy.flow(PREFECT_API_URL=server)
    assert any(line.endswith("here\n") for line in killed.stdout)
    assert len(toy.processes()) >= 4  # the flow, the supervisor, DVC and a shell
    killed.send_signal(how)
    assert toy.is_quiet()
    assert "Traceback" not in killed.stdout.read()
    (toy.directory / "again").touch()
    assert run().message == "Ran: second, third."
    assert toy.ran() == ["first", "second", "third"]


@pytest.mark.slow
def test_without_a_server_the_flow_brings_its_own(toy, home):
    started = toy.flow(PREFECT_HOME=home)
    assert "Ran: first, second, third." in started.communicate()[0]
    assert started.returncode == 0
    assert toy.processes() == []


@pytest.fixture
def served(server):
    return {"PREFECT_API_URL": server}


@pytest.fixture
def alone(home):
    return {"PREFECT_HOME": home}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "how"),
    [
        ("served", signal.SIGINT),
        pytest.param("alone", signal.SIGINT, marks=pytest.mark.torture),
        pytest.param("alone", signal.SIGTERM, marks=pytest.mark.torture),
        pytest.param("alone", signal.SIGHUP, marks=pytest.mark.torture),
    ],
)
def test_with_or_without_a_server_a_signal_to_the_group_ends_all_in_one_line(
    request, toy, where, how
):
    toy.command("first", "echo here; sleep 1000")
    stopped = toy.flow(**request.getfixturevalue(where))
    lines = []
    for line in stopped.stdout:
        if line.endswith("here\n") and not any(said.endswith("here\n") for said in lines):
            os.killpg(stopped.pid, how)  # once: a second signal kills the flow at once
        lines.append(line)
    assert stopped.wait() == 1 and toy.is_quiet()
    assert "pipeline: stopped. The next run continues from here.\n" in lines
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(("argument", "name"), [("-m", "SIG_DFL"), ("x", "default_int_handler")])
def test_only_as_a_command_ctrl_c_ends_the_imports_without_a_trace(argument, name):
    script = f"import signal, sys; sys.argv[0] = {argument!r}"
    script += "; signal.signal(2, signal.default_int_handler); import flows"
    script += f"; assert signal.getsignal(2) is signal.{name}"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


@pytest.mark.torture
def test_that_server_ends_with_the_flow_that_is_killed(toy):
    killed = toy.flow(PREFECT_HOME=str(toy.directory / "home"))
    while not any("uvicorn" in process.cmdline() for process in toy.processes()):
        assert killed.poll() is None
        time.sleep(0.1)
    killed.kill()
    assert toy.is_quiet()


def test_dvc_by_hand_is_refused_the_stage_that_a_flow_runs(server, toy):
    toy.command("first", "echo here; until [ -e go ]; do sleep 0.1; done")
    running = toy.flow(PREFECT_API_URL=server)
    assert any(line.endswith("here\n") for line in running.stdout)
    assert "is busy, it is being blocked by" in toy.popen("repro").communicate()[0]
    (toy.directory / "go").touch()
    assert "Ran: first, second, third." in running.communicate()[0]
    assert toy.ran() == ["first", "second", "third"]


def refusal():
    with pytest.raises(SystemExit) as refused:
        command.launch(pipeline.pipeline)
    assert "\n" not in refused.value.code
    return refused.value.code


def test_a_second_flow_on_the_checkout_is_refused_and_one_of_a_schedule_skipped(run, toy):
    with command.alone():
        assert run().name == "Skipped" and run().is_completed()
        assert "Another flow is running in this checkout" in refusal()
    assert toy.ran() == []


def test_a_flow_is_refused_while_dvc_runs_a_stage_by_hand(run, toy):
    toy.command("first", "touch here; until [ -e go ]; do sleep 0.1; done")
    by_hand = toy.popen("repro")
    while not (toy.directory / "here").exists():
        time.sleep(0.1)
    assert run().name == "Skipped"
    (toy.directory / "go").touch()
    assert by_hand.wait() == 0
    assert toy.ran() == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("dvc.yaml", "stages: [", "DVC cannot read the pipeline: unable"),
        ("dvc.yaml", "stages: {}", "dvc.yaml has no stages."),
        ("params.yaml", "a: [", "DVC cannot read the pipeline: unable to read: 'params.yaml'"),
    ],
)
def test_a_broken_file_is_one_line(server, toy, file, text, expected):
    toy.command("first", "true ${a}")
    (toy.directory / file).write_text(text)
    assert expected in refusal()


def test_another_directory_is_one_line(server, toy, monkeypatch):
    (toy.directory / "below").mkdir()
    monkeypatch.chdir(toy.directory / "below")
    assert "is not the project's top directory." in refusal()


def test_a_server_that_does_not_answer_is_one_line_soon(toy):
    started = time.monotonic()
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert "No Prefect server answers at PREFECT_API_URL=http://127.0.0.1:9/api" in refusal()
    assert time.monotonic() - started < 10


def test_how_to_do_without_a_server_depends_on_where_it_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert "prefect.toml" in command.without_server()
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert command.without_server() == "`unset PREFECT_API_URL`"
    monkeypatch.delenv("PREFECT_API_URL")
    profiles = tmp_path / "profiles.toml"
    profiles.write_text('active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "http://here/api"')
    with temporary_settings({PREFECT_PROFILES_PATH: profiles}):
        assert (
            "`prefect config unset PREFECT_API_URL`, as the profile ours"
            in command.without_server()
        )
