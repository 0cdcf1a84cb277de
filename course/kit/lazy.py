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
        try:
            module = importlib.import_module(module_name, package)
        except ModuleNotFoundError as error:
            if attribute is None or error.name != "matplotlib":
                raise
            return _without_pictures(str(error))
        return module if attribute is None else getattr(module, attribute)

    def dir_() -> list[str]:
        return sorted(attributes)

    return getattr_, dir_


def _without_pictures(message: str) -> Callable:
    """Stands in for a function that draws, where there is no matplotlib: only calling it fails.

    Notebooks import checks, questions and explorer in one line, and the first two work without pictures.
    """

    def missing(*_: Any, **__: Any) -> Any:
        raise ModuleNotFoundError(message, name="matplotlib")

    return missing
