"""What every test starts from."""

import sys

import pytest

_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def no_shell():
    """No IPython shell that an earlier test made: the kit asks for one to find out whether it is in a notebook."""
    _forget_shell()
    yield
    _forget_shell()


def _forget_shell():
    interactiveshell = sys.modules.get("IPython.core.interactiveshell")
    if interactiveshell is not None and interactiveshell.InteractiveShell.initialized():
        type(interactiveshell.InteractiveShell.instance()).clear_instance()
    sys.modules["__main__"] = _MAIN
