"""The dashboard's server: a port that is free, the start, the address, the end."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

from dashboard.demo.processes import ROOT, Fault, say, stop

HOST = "127.0.0.1"


def free_port(text: str) -> int:
    """``text`` as the number of a port that nothing uses; Fault otherwise."""
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= 65535:
        raise Fault(f"the port must be a number from 1 to 65535, not {text!r}")
    if _answers(port):
        raise Fault(
            f"port {port} is in use, perhaps by another dashboard; stop that one or choose "
            f"another port: make demo PORT={port + 1 if port < 65535 else 8501}"
        )
    with socket.socket() as probe:
        if sys.platform != "win32":  # there it would mean to share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Fault(
                f"port {port} cannot be used ({error.strerror}); "
                "choose another: make demo PORT=8501"
            ) from None
    return port


def serve(python: Path, runs: Path, port: int) -> int:
    """Serve the stores under ``runs`` until Ctrl-C or SIGTERM; the exit code, 0 for those two."""
    command = (python, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port))
    quiet = ("--logger.hideWelcomeMessage", "true", "--logger.level", "warning")
    server = subprocess.Popen((*command, *quiet, "--", "--runs", runs), cwd=ROOT)
    try:
        while server.poll() is None and not _answers(port):
            time.sleep(0.1)
        if server.poll() is None:
            say(f"\nThe dashboard is at http://localhost:{port} (Ctrl-C stops it)\n")
        return server.wait()
    except KeyboardInterrupt as order:
        stop(server, order)
        return 0


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
