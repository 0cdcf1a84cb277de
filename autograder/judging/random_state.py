"""The global random generators of the referee: seeded for each grade cell, and put back where it stopped."""

from __future__ import annotations

import hashlib
import random
import sys
from typing import Any


def seed_all(seed: int, grade_id: str) -> None:
    """Seed them for one grade cell, so that its inputs do not depend on the cells before it."""
    digest = hashlib.sha256(f"{seed}:{grade_id}".encode()).digest()
    random.seed(digest)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(int.from_bytes(digest[:4], "big"))
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def snapshot() -> dict[str, Any]:
    """Where they are, and torch's default dtype with them."""
    state: dict[str, Any] = {"random": random.getstate()}
    if "numpy" in sys.modules:
        state["numpy"] = sys.modules["numpy"].random.get_state()
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        state["torch"] = (torch.get_rng_state(), torch.get_default_dtype())
    return state


def put_back(state: dict[str, Any]) -> None:
    """Go on from a snapshot."""
    random.setstate(state["random"])
    if "numpy" in state:
        sys.modules["numpy"].random.set_state(state["numpy"])
    if "torch" in state:
        generator, dtype = state["torch"]
        sys.modules["torch"].set_rng_state(generator)
        sys.modules["torch"].set_default_dtype(dtype)
