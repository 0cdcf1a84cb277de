"""Trees that are no values are refused, whatever is wrong with them, and cost next to nothing."""

import contextlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_helpers import LIMITS, no_object

from autograder.channel.aliases import view_of
from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.wire import WireError


def decoded(tree, *buffers):
    return Decoder(LIMITS, [bytearray(b) for b in buffers], no_object).decode(tree)


def doubled(times):
    """A list whose unfolded size is two to the power of `times`."""
    trees = [{"t": "list", "n": 0, "v": []}]
    trees += [{"t": "list", "n": n, "v": [{"t": "ref", "n": n - 1}] * 2} for n in range(1, times)]
    return {"t": "list", "n": times, "v": trees}


EIGHT = bytes(8)
HOSTILE = {
    "no tag": {},
    "tag is a list": {"t": []},
    "unknown tag": {"t": "pickle", "v": "gASV"},
    "list": [],
    "list without items": {"t": "list", "n": 0},
    "items are text": {"t": "list", "n": 0, "v": "abc"},
    "number is text": {"t": "list", "n": "0", "v": []},
    "number is a list": {"t": "list", "n": [], "v": []},
    "number is a bool": {"t": "list", "n": True, "v": []},
    "number twice": {"t": "list", "n": 1, "v": [{"t": "list", "n": 1, "v": []}]},
    "reference to nothing": {"t": "ref", "n": 5},
    "reference to a list": {"t": "ref", "n": []},
    "reference to itself": {"t": "list", "n": 0, "v": [{"t": "ref", "n": 0}]},
    "unfolds exponentially": doubled(60),
    "set of lists": {"t": "set", "n": 0, "v": [{"t": "list", "n": 1, "v": []}]},
    "key is a list": {"t": "dict", "n": 0, "k": [{"t": "list", "n": 1, "v": []}], "v": [1]},
    "more keys than values": {"t": "dict", "n": 0, "k": [1, 2], "v": [1]},
    "keys are a number": {"t": "dict", "n": 0, "k": 1, "v": []},
    "factory is unknown": {"t": "dict", "n": 0, "k": [], "v": [], "c": "defaultdict", "f": "exec"},
    "deque of negative length": {"t": "deque", "n": 0, "v": [1], "m": -1},
    "field is code": {"t": "tuple", "n": 0, "v": [1], "name": "P", "fields": ["x=print()"]},
    "field is a keyword": {"t": "tuple", "n": 0, "v": [1], "name": "P", "fields": ["lambda"]},
    "field is private": {"t": "tuple", "n": 0, "v": [1], "name": "P", "fields": ["_replace"]},
    "field twice": {"t": "tuple", "n": 0, "v": [1, 2], "name": "P", "fields": ["x", "x"]},
    "name is code": {"t": "tuple", "n": 0, "v": [1], "name": "P(1)", "fields": ["x"]},
    "fields missing": {"t": "tuple", "n": 0, "v": [1], "name": "P", "fields": []},
    "fraction by zero": {"t": "fraction", "v": ["0x1", "0x0"]},
    "fraction as text": {"t": "fraction", "v": "1e999999999"},
    "decimal that is huge": {"t": "decimal", "v": "1E+999999999"},
    "integer with many digits": {"t": "int", "v": "f" * 30_000},
    "integer as number": {"t": "int", "v": 5},
    "date": {"t": "date", "v": "yesterday"},
    "timedelta": {"t": "timedelta", "v": [1 << 60, 0, 0]},
    "range of text": {"t": "range", "v": ["a", "b", "c"]},
    "range by zero": {"t": "range", "v": [1, 2, 0]},
    "bytes": {"t": "bytes", "v": "xy"},
    "type that is none": {"t": "type", "v": "exec"},
    "type that is a function": {"t": "type", "v": "numpy.load"},
    "device": {"t": "device", "v": "nonsense"},
    "dtype": {"t": "dtype", "v": "load"},
    "npdtype of objects": {"t": "npdtype", "v": "O"},
    "npdtype of fields": {"t": "npdtype", "v": "f8,O"},
    "scalar of objects": {"t": "scalar", "d": "O", "v": "00" * 8},
    "scalar too short": {"t": "scalar", "d": "<f8", "v": "00"},
    "size": {"t": "size", "v": [-1]},
    "half a character": "\ud800",
    "generator": {"t": "generator", "n": 0, "v": 5},
    "generator of a kind": {"t": "generator", "n": 0, "v": {"t": "list", "n": 1, "v": ["numpy", "load", 1]}},
    "view of a list": {"t": "view", "n": 1, "of": {"t": "list", "n": 0, "v": []}, "s": [1], "st": [0], "o": 0},
}
WITH_BUFFER = {
    "dtype of objects": {"t": "array", "n": 0, "d": "O", "s": [1], "b": 0},
    "dtype of fields": {"t": "array", "n": 0, "d": "(2,)f4", "s": [1], "b": 0},
    "dtype is a number": {"t": "array", "n": 0, "d": 5, "s": [1], "b": 0},
    "shape too large": {"t": "array", "n": 0, "d": "<f8", "s": [2], "b": 0},
    "shape too small": {"t": "array", "n": 0, "d": "<f4", "s": [1], "b": 0},
    "shape negative": {"t": "array", "n": 0, "d": "<f8", "s": [-1], "b": 0},
    "shape of text": {"t": "array", "n": 0, "d": "<f8", "s": ["1"], "b": 0},
    "shape overflows": {"t": "array", "n": 0, "d": "<f8", "s": [1 << 63, 2], "b": 0},
    "no such buffer": {"t": "array", "n": 0, "d": "<f8", "s": [1], "b": 1},
    "buffer from the end": {"t": "array", "n": 0, "d": "<f8", "s": [1], "b": -1},
    "buffer is a bool": {"t": "array", "n": 0, "d": "<f8", "s": [1], "b": False},
    "buffer is a list": {"t": "array", "n": 0, "d": "<f8", "s": [1], "b": []},
    "tensor of an unknown dtype": {"t": "tensor", "n": 0, "d": "qint8", "s": [8], "b": 0},
    "tensor dtype is a list": {"t": "tensor", "n": 0, "d": [], "s": [8], "b": 0},
    "tensor dtype is a function": {"t": "tensor", "n": 0, "d": "load", "s": [8], "b": 0},
    "tensor too short": {"t": "tensor", "n": 0, "d": "float64", "s": [2], "b": 0},
}
ARRAY = {"t": "array", "n": 0, "d": "<f8", "s": [1], "b": 0, "w": 1}
VIEWS = {
    "behind the end": ([1], [8], 8),
    "before the beginning": ([1], [8], -8),
    "longer": ([2], [8], 0),
    "backwards": ([2], [-8], 0),
    "repeated without end": ([1 << 40], [0], 0),
    "two strides": ([1], [8, 8], 0),
    "no strides": ([1], None, 0),
    "offset is text": ([1], [8], "0"),
    "unaligned": ([1], [8], 4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_tree_that_is_no_value_is_refused(name):
    with pytest.raises(WireError):
        decoded(HOSTILE[name])


@pytest.mark.parametrize("name", WITH_BUFFER)
def test_an_array_that_is_none_is_refused(name):
    with pytest.raises(WireError):
        decoded(WITH_BUFFER[name], EIGHT)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_outside_of_its_array_is_refused(name):
    shape, strides, offset = VIEWS[name]
    view = {"t": "view", "n": 1, "of": ARRAY, "s": shape, "st": strides, "o": offset}

    with pytest.raises(WireError):
        decoded(view, EIGHT)


def test_a_view_does_not_reach_into_the_tensor_that_its_owner_is_a_part_of():
    part = torch.arange(10.0)[2:4]

    assert view_of(part, {"s": [1], "st": [1], "o": 1}, 10).tolist() == [3]
    for offset in (-1, 2):
        with pytest.raises(WireError):
            view_of(part, {"s": [1], "st": [1], "o": offset}, 10)


def test_an_empty_array_with_endless_sides_is_refused():
    with pytest.raises(WireError):
        decoded({"t": "array", "n": 0, "d": "<f8", "s": [0, 1 << 47], "b": 0}, b"")


def test_many_kinds_of_named_tuples_are_refused():
    kinds = [{"t": "tuple", "n": n, "v": [1], "name": f"P{n}", "fields": ["x"]} for n in range(100)]

    with pytest.raises(WireError, match="named tuples"):
        decoded({"t": "list", "n": 100, "v": kinds})


@pytest.mark.parametrize("position", [-1, 625, 10**6, 1 << 70, 0.5, None])
def test_a_generator_whose_position_is_outside_of_its_table_is_refused(position):
    state = np.random.MT19937(0).state
    state["state"]["pos"] = position
    encoder = Encoder(LIMITS, no_object)
    tree = encoder.encode(["numpy", "MT19937", state])

    with pytest.raises(WireError):
        decoded({"t": "generator", "n": 99, "v": tree}, *encoder.buffers)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 65) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("tnvdsbkcmwgp"), inner, max_size=6),
    max_leaves=20,
)
TAGS = "list tuple set dict deque objects tensor array view ref generator int bytes range fraction decimal scalar type"


@given(st.sampled_from(TAGS.split()), st.dictionaries(st.sampled_from("nvdsbkcmwgpofst"), JSON, max_size=6))
@settings(max_examples=300, deadline=None)
def test_trees_of_nonsense_are_values_or_refused(tag, fields):
    with contextlib.suppress(WireError):
        decoded({**fields, "t": tag}, EIGHT)
