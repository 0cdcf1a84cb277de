"""Writes down the ATen operators that a call runs, on the student's side."""

from __future__ import annotations

from typing import Any


def recorder() -> Any:
    """A dispatch mode with the operators so far, as dictionaries, in `operators`."""
    from torch import Tensor
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Recorder(TorchDispatchMode):
        def __init__(self) -> None:
            super().__init__()
            self.operators: list[dict] = []

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            inputs = [t for t in tree_leaves((args, kwargs or {})) if isinstance(t, Tensor)]
            before = {t.untyped_storage().data_ptr() for t in inputs}
            result = func(*args, **(kwargs or {}))
            outputs = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
            floating = [t for t in inputs + outputs if t.is_floating_point()]
            new = [t.numel() for t in outputs if t.untyped_storage().data_ptr() not in before]
            self.operators.append(
                {
                    "name": func._schema.name.split("::")[-1].rstrip("_"),
                    "dtypes": [str(t.dtype).removeprefix("torch.") for t in floating],
                    "sizes": [t.numel() for t in floating],
                    "new": max(new, default=0),
                }
            )
            return result

    return Recorder()
