"""A JupyterLab on a copy of release/ and the system's Chromium: for the tests in a browser and for the benchmark."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.notebooks import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class NotStartedError(RuntimeError):
    """What had to run does not, and why."""


@contextmanager
def running_lab(home: Path) -> Iterator[tuple[str, str]]:
    """Address and token of a JupyterLab whose root is `home`/release, a copy of release/ made here.

    Raises NotStartedError with its log when it ends or does not answer within 90 s.
    """
    shutil.copytree(ROOT / "release", home / "release")
    port, token = _free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={token}", "--ServerApp.port_retries=0", "--allow-root"]
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=home / "release",
            env=_settings(home),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/api/status?token={token}", server, home / "lab.log")
            yield address, token
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The system's Chromium, without its habit of calling home. Raises NotStartedError where there is none."""
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync"
    executable = _chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags.split())
        yield chromium
        chromium.close()


def _settings(home: Path) -> dict[str, str]:
    """The environment of a server that reads and writes no settings but those below `home`."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    # Without this a dialogue asks about news and stands in the way of the first click.
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    return {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        raise NotStartedError("No Chromium found. Install the package chromium, or name one in the variable CHROMIUM.")
    return found


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise NotStartedError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise NotStartedError(f"JupyterLab did not answer within 90 s:\n{log.read_text()[-3000:]}")
