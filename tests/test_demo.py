"""`make demo`: what it refuses, what it does anew, and that it serves and ends."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from dashboard.demo import __main__ as demo
from dashboard.demo import environment, server
from dashboard.demo.processes import Fault

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def calls(monkeypatch):
    """The commands that would have run; none does."""
    made = []
    for module in (demo, environment):
        monkeypatch.setattr(module, "call", lambda command: made.append(command) or 0)
    return made


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder of its own with requirements, a Python in .venv, and one shipped checkpoint."""
    for name in (*environment.REQUIREMENTS, "pyproject.toml"):
        (tmp_path / name).write_text(name)
    python = tmp_path / ".venv" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    (tmp_path / "net.fashion_mnist.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", python.parent)
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(demo, "RUNS", tmp_path / "runs")
    return tmp_path


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def run_demo(*words):
    command = [sys.executable, "-m", "dashboard.demo", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_busy_port_is_one_sentence(busy_port):
    result = run_demo("--port", str(busy_port))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"port {busy_port} is in use" in result.stderr
    assert f"make demo PORT={busy_port + 1}" in result.stderr


@pytest.mark.parametrize("port", ["", "abc", "0", "65536", "-1", "85.1", "²"])
def test_a_port_is_a_number_from_1_to_65535(port):
    with pytest.raises(Fault, match="a number from 1 to 65535"):
        server.free_port(port)


def test_a_free_port_is_its_number():
    port = free_port()
    assert server.free_port(str(port)) == port


def test_an_unknown_data_set_names_the_known_ones():
    result = run_demo("--port", str(free_port()), "--dataset", "mnist")
    assert result.returncode == 2
    assert result.stderr == "there is no demo on 'mnist'; choose from fashion_mnist, imagenette\n"


def test_a_data_set_whose_networks_are_not_shipped_is_said_to_be(checkout):
    with pytest.raises(Fault, match=r"no network trained on imagenette .*DATASET=fashion_mnist"):
        demo.shipped("imagenette", checkout)


def test_the_se_network_comes_first(tmp_path):
    for name in ("cifar_resnet20", "se_cifar_resnet20"):
        (tmp_path / f"{name}.fashion_mnist.safetensors").touch()
    found = [file.name for file in demo.shipped("fashion_mnist", tmp_path)]
    assert found[0] == "se_cifar_resnet20.fashion_mnist.safetensors"
    assert len(found) == 2


def test_pip_runs_once_and_again_when_the_requirements_change(checkout, calls):
    environment.ensure()
    assert len(calls) == 1
    assert "requirements.txt" in calls[0]
    environment.ensure()
    assert len(calls) == 1
    (checkout / "requirements.txt").write_text("more")
    environment.ensure()
    assert len(calls) == 2


def test_the_environment_for_development_serves_the_demo_too(checkout, calls):
    environment.ensure("requirements-dev.txt")
    environment.ensure()
    assert len(calls) == 1
    (checkout / "requirements-dev.txt").write_text("more")
    environment.ensure()
    assert len(calls) == 1
    environment.ensure("requirements-dev.txt")
    assert len(calls) == 2


def test_a_failing_pip_leaves_no_stamp(checkout, monkeypatch):
    monkeypatch.setattr(environment, "call", lambda command: 1)
    for _ in range(2):
        with pytest.raises(Fault, match="pip could not install"):
            environment.ensure()


def test_an_environment_whose_python_is_gone_is_said_to_be(checkout):
    environment.PYTHON.unlink()
    environment.PYTHON.write_text("#!/nowhere/python\n")
    environment.PYTHON.chmod(0o755)
    with pytest.raises(Fault, match="does not start; delete that folder"):
        environment.ensure()


def test_a_python_without_venv_is_said_to_be(checkout, monkeypatch):
    environment.PYTHON.unlink()
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Fault, match="apt install python3-venv"):
        environment.ensure()


@pytest.mark.parametrize(
    ("complete", "weights", "collects"),
    [(1, b"weights", False), (0, b"weights", True), (1, b"others", True)],
)
def test_only_a_complete_store_of_this_checkpoint_is_taken_as_it_is(
    checkout, calls, complete, weights, collects
):
    checkpoint = checkout / "net.fashion_mnist.safetensors"
    sha256 = hashlib.sha256(weights).hexdigest()
    store = checkout / "runs" / "demo" / "net.fashion_mnist.zarr"
    store.mkdir(parents=True)
    attributes = {"complete": complete, "checkpoint": sha256}
    (store / "zarr.json").write_text(json.dumps({"attributes": attributes}))
    demo.collect(Path("python"), checkpoint, "fashion_mnist")
    assert bool(calls) == collects
    assert store.exists() == (weights == b"weights")  # of others, nothing is kept


def test_a_failed_collection_ends_the_demo_with_its_code(checkout, monkeypatch):
    monkeypatch.setattr(demo, "call", lambda command: 2)
    checkpoint = checkout / "net.fashion_mnist.safetensors"
    with pytest.raises(SystemExit) as end:
        demo.collect(Path("python"), checkpoint, "fashion_mnist")
    assert end.value.code == 2


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_prints_the_address_once_and_ends_cleanly(tmp_path, ending):
    port = free_port()
    script = (
        "import sys; from pathlib import Path; from dashboard.demo import processes, server;"
        "processes.heed_termination();"
        f"sys.exit(server.serve(Path(sys.executable), Path({str(tmp_path)!r}), {port}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_for(port, process)
    time.sleep(0.5)
    if ending == signal.SIGINT:
        os.killpg(process.pid, ending)  # as a terminal does
    else:
        process.send_signal(ending)
    log, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert log.count("http://") == 1
    assert f"The dashboard is at http://localhost:{port} " in log
    assert "Traceback" not in log
    assert "warning" not in log.lower()


def wait_for(port, process):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[0]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the dashboard did not answer within 60 s")


@pytest.mark.parametrize("found", [True, False])
def test_shipped_stores_are_not_collected_again_and_serve_without_images(
    checkout, monkeypatch, capsys, found
):
    made = []
    (checkout / "net.fashion_mnist.zarr").mkdir()
    monkeypatch.setattr(
        demo, "shipped", lambda dataset: [checkout / "net.fashion_mnist.safetensors"]
    )
    monkeypatch.setattr(demo.environment, "ensure", lambda: Path("python"))
    monkeypatch.setattr(demo, "call", lambda command: made.append(command) or int(not found))
    monkeypatch.setattr(demo.server, "serve", lambda python, runs, port: 0)
    assert demo.main([f"--port={free_port()}"]) == 0
    assert made == [(Path("python"), "-m", "senet_core", "fetch", "fashion_mnist")]
    said = capsys.readouterr().err
    assert ("pages that show images say what they need" in said) == (not found)
