"""Whether one state of a random number generator comes after another.

A student's function that was given a generator draws from it, and the caller's has to move on as far. The student's
process says in what state it is then; if that were believed, it could choose the numbers that a test draws next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.channel.generators import set_state, state_of, torch_position

_BLOCKS = 2000
"""Tables of 624 words that may lie between two states of a Mersenne Twister: a million draws."""

_DRAWS = 1 << 40
"""Draws that may lie between two states of NumPy's default generator."""

_MULTIPLIERS = {"PCG64": 0x2360ED051FC65DA44385DF649FCCF645, "PCG64DXSM": 0xDA942042E4DD58B5}

_GAUSS = 9.0
"""No normal deviate of a generator is as large: one that was drawn and kept for the next time cannot be more."""


def follow(mine: Any, state: Any) -> bool:
    """Move a generator on to a state that it comes to by drawing; False, and nothing is changed, if it never does.

    Args:
        mine: the caller's generator.
        state: as `generators.state_of` gave it at the other end; not trusted. Any Exception if it is none.
    """
    now = state_of(mine)
    if now[0] != state[0] or not _comes_after(now, state):
        return False
    set_state(mine, state)
    return True


def _comes_after(now: list, later: list) -> bool:
    if now[0] == "numpy":
        name, before, after = now[1], now[2], later[2]
        if name != later[1] or not (name in _MULTIPLIERS or name == "MT19937"):
            return False
        before, after = before["state"], after["state"]
        if name == "MT19937":
            return _twisted(before["key"], before["pos"], after["key"], after["pos"])
        return _stepped(before, after, _MULTIPLIERS[name])
    (key, position, _), (new_key, new_position, gauss) = _table(now), _table(later)
    return _is_gauss(gauss) and _twisted(key, position, new_key, new_position)


def _table(state: list) -> tuple[np.ndarray, int, Any]:
    """The words of a Mersenne Twister, how many of them are used up, and the normal deviate that it keeps."""
    if state[0] == "random":
        words = np.asarray(state[1], dtype=np.uint32)
        return words[:624], int(words[624]), state[2]
    if state[0] == "RandomState":
        fields = state[1]
        return fields["state"]["key"], fields["state"]["pos"], fields["gauss"] if fields["has_gauss"] else None
    # torch's CPU generator: the table begins after 24 bytes; normal deviates, double and single, follow it.
    data = np.array(state[1], dtype=np.uint8)
    end = 24 + 8 * 624
    kept = [*data[end : end + 24].view(np.float64).tolist(), *data[end + 32 : end + 36].view(np.float32).tolist()]
    # Not max: that may pass over a nan.
    gauss = next((value for value in kept if not abs(value) < _GAUSS), 0.0)
    return data[24:end].view(np.uint64).astype(np.uint32), 625 - torch_position(data)[0], gauss


def _is_gauss(value: Any) -> bool:
    return value is None or (isinstance(value, float) and abs(value) < _GAUSS)


def _twisted(key: np.ndarray, position: int, new_key: Any, new_position: Any) -> bool:
    """Whether a Mersenne Twister comes from one table and position to the other."""
    if not isinstance(new_key, np.ndarray) or new_key.shape != (624,) or type(new_position) is not int:
        return False
    if not 0 <= new_position <= 624:
        return False
    if np.array_equal(key, new_key):
        return new_position >= position
    engine = np.random.MT19937()
    engine.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}
    engine.random_raw(1, False)
    for _ in range(_BLOCKS):
        if np.array_equal(engine.state["state"]["key"], new_key):
            return True
        engine.random_raw(624, False)
    return False


def _stepped(before: dict, after: dict, multiplier: int) -> bool:
    """Whether a linear congruential generator modulo 2**128 comes from one state to the other: Brown's distance."""
    state, target, plus = before["state"], after["state"], before["inc"]
    if after["inc"] != plus or type(target) is not int or not 0 <= target < 1 << 128:
        return False
    distance, bit, mask = 0, 1, (1 << 128) - 1
    while state != target and bit <= _DRAWS:
        if (state ^ target) & bit:
            state = (state * multiplier + plus) & mask
            distance |= bit
        plus = ((multiplier + 1) * plus) & mask
        multiplier = (multiplier * multiplier) & mask
        bit <<= 1
    return state == target and distance <= _DRAWS
