"""Attributes of a package that are imported on first use, so that importing the package costs nothing (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy(package: str, attributes: Mapping[str, tuple[str, str | None]]) -> tuple[Callable, Callable]:
    """Make a package's `__getattr__` and `__dir__`.

    `attributes` maps a public name to `(module, name in it)`; a name of None stands for the module itself. Modules
    are relative to `package`, with a leading dot.
    """

    def getattr_(name: str) -> Any:
        if name not in attributes:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}; it has {', '.join(sorted(attributes))}"
            )
        module_name, attribute = attributes[name]
        module = importlib.import_module(module_name, package)
        return module if attribute is None else getattr(module, attribute)

    def dir_() -> list[str]:
        return sorted(attributes)

    return getattr_, dir_
