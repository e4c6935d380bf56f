"""The dashboard as it is served when nobody chose otherwise, asked over HTTP."""

import http.client
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psutil
import pytest
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dashboard.sources import uploads
from tests.load.served import ROOT, Served, serve

FAULTY = """
import streamlit as st
st.title("Home")
raise RuntimeError("detail 4711")
"""
LIMIT = uploads.MOST_BYTES
READMES = (ROOT / "README.md", ROOT / "docs" / "README.zh.md")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """A server with the settings of the project, whose one page has a fault of ours."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "app.py").write_text(FAULTY)
    with serve(folder, folder / "log", app=folder / "app.py") as running:
        yield running


def ask(
    served: Served, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, bytes, str]:
    """Status, content and cookies of an answer; the path is sent as it is."""
    place = urlsplit(served.address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in named)
        for name, value in named.items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("Set-Cookie", "")
    finally:
        connection.close()


@contextmanager
def session(
    served: Served, host: str = "127.0.0.1", origin: str | None = None
) -> Iterator[ClientConnection]:
    place = urlsplit(served.address)
    with connect(
        f"ws://{host}:{place.port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", place.port)),
        origin=origin or f"http://{host}:{place.port}",
        subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
        proxy=None,
        max_size=None,
    ) as joined:
        yield joined


def run(joined: ClientConnection) -> list[ForwardMsg]:
    """Everything that one run of the page sends."""
    joined.send(BackMsg(rerun_script=ClientState()).SerializeToString())
    found = []
    while not found or found[-1].WhichOneof("type") != "script_finished":
        found.append(ForwardMsg.FromString(joined.recv(timeout=20)))
    return found


def test_it_listens_on_this_machine_alone(served):
    process = psutil.Process(served.process)
    listening = [c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert [place.ip for place in listening] == ["127.0.0.1"]


def test_strangers_names_and_pages_get_no_session(served):
    for host, origin in (
        ("evil.example", None),
        ("evil.example", served.address),
        ("127.0.0.1", "http://evil.example"),
        ("localhost.evil.example", None),
    ):
        with pytest.raises(InvalidStatus) as refused, session(served, host, origin):
            pass
        assert refused.value.response.status_code == 403
    for host in ("127.0.0.1", "localhost"):
        with session(served, host) as joined:
            assert run(joined)


def test_an_upload_needs_the_token_a_session_and_fits(served):
    with session(served) as joined:
        (new,) = [m.new_session for m in run(joined) if m.WhichOneof("type") == "new_session"]
        path = f"/_stcore/upload_file/{new.initialize.session_id}/one"
        body = (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.pth"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n"
        )
        kind = {"Content_Type": "multipart/form-data; boundary=x"}
        assert ask(served, path, "PUT", body, **kind)[0] == 403
        cookie = ask(served, "/_stcore/health")[2]
        token = re.search(r"(_streamlit_xsrf)=([^;]+)", cookie)
        assert token, "the token is given"
        assert "SameSite=Lax" in cookie
        both = {"Cookie": token[0], "X_Xsrftoken": token[2]} | kind
        assert ask(served, path, "PUT", body, **both | {"X_Xsrftoken": "forged"})[0] == 403
        assert ask(served, path, "PUT", body, **both)[0] == 204
        nobody = path.replace(new.initialize.session_id, "nobody")
        assert ask(served, nobody, "PUT", body, **both)[0] == 400
        long = both | {"Content_Length": str(LIMIT + 1)}
        assert ask(served, path, "PUT", **long)[0] == 413


def test_nothing_is_told_to_others(served):
    with session(served) as joined:
        (new,) = [m.new_session for m in run(joined) if m.WhichOneof("type") == "new_session"]
    assert not new.config.gather_usage_stats
    assert ask(served, "/_stcore/agent/interact", "POST", b"{}")[0] in (403, 404)


def test_files_are_not_given_and_folders_not_listed(served):
    _, page, _ = ask(served, "/")
    ways = [
        f"{start}{way}"
        for start in ("/static/", "/media/", "/app/static/", "/component/", "/_stcore/", "/")
        for way in (
            *("", "../", "../../../README.md", "..%2f..%2f..%2fREADME.md", "%2e%2e/README.md"),
            *("....//README.md", "/etc/passwd", "..\\..\\README.md", "C:/Windows/win.ini"),
            *(".streamlit/config.toml", "dashboard/app.py"),
        )
    ]
    for way in ways:
        status, content, _ = ask(served, way.replace("\\", "%5c"))
        assert status in (301, 307, 308, 400, 403, 404) or content == page, way
        for secret in (b"SENet Lab", b"root:", b"gatherUsageStats", b"Index of", b"st.navigation"):
            assert secret not in content, way
    assert ask(served, "/media/../../../../etc/passwd")[0] in (400, 404)
    assert ask(served, "/media/0000.png")[0] == 404


def test_a_fault_of_ours_is_in_the_log_and_not_on_the_page(served):
    with session(served) as joined:
        sent = run(joined)
    said = b"".join(message.SerializeToString() for message in sent)
    assert b"4711" not in said
    assert b"RuntimeError" not in said
    assert b"Traceback" not in said
    elements = [message.delta.new_element for message in sent]
    (shown,) = [one.exception for one in elements if one.HasField("exception")]
    assert not shown.stack_trace
    assert "app.py" not in str(shown)
    log = served.log.read_text()
    assert "RuntimeError: detail 4711" in log
    assert "Traceback (most recent call last)" in log


def test_the_settings_are_those_that_are_promised():
    said = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    server = said["server"]
    assert server["address"] == "127.0.0.1"
    assert server["allowedHosts"] == ["127.0.0.1", "localhost"]
    assert server["maxUploadSize"] * 1024**2 == LIMIT
    assert server["enableStaticServing"] is False
    assert said["browser"]["gatherUsageStats"] is False
    assert said["client"]["showErrorDetails"] == "none"
    weakening = {"enableXsrfProtection", "enableCORS", "corsAllowedOrigins", "enableAgentApi"}
    assert not weakening & server.keys()
    known = config.get_config_options()
    assert known["server.enableXsrfProtection"].default_val is True
    assert known["server.enableCORS"].default_val is True
    assert known["server.enableAgentApi"].default_val is False


@pytest.mark.parametrize("readme", READMES, ids=["en", "zh"])
def test_the_options_that_the_readme_names_are_there(readme):
    text = readme.read_text("utf-8")
    options = set(re.findall(r"--((?:server|browser|client|logger|global)\.\w+)", text))
    assert {"server.allowedHosts", "server.port"} <= options
    assert options <= config.get_config_options().keys()
    assert "--read-only" in text
    assert str(uploads.MOST_DAYS) in text
