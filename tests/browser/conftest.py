"""A running JupyterLab on a copy of release/, and a page of the system's Chromium that looks at it."""

from __future__ import annotations

import pytest

from tests.browser.jupyterlab import running_browser, running_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Address and token of a JupyterLab whose root is a copy of release/."""
    with running_lab(tmp_path_factory.mktemp("lab")) as address_and_token:
        yield address_and_token


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium, without its habit of calling home.

    For one file of tests: while it is open, an event loop runs in this process, as tests elsewhere do not expect.
    """
    with running_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser):
    """A fresh page, as large as a small laptop's screen."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()
