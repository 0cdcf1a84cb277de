"""What may pass between the grader and a student's process, and what is refused."""

import collections
import contextlib
import datetime
import decimal
import fractions
import json
import math
import struct
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_helpers import LIMITS, message, no_object, same, there_and_back

from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.wire import BUFFERS, HEADER, TREE_BYTES, WireError, receive

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.binary(max_size=20).map(bytearray)
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.builds(range, st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 9))
    | st.sampled_from([int, float, np.float32, torch.float16, torch.device("cpu"), torch.Size([2, 0]), ...])
    | st.sampled_from([np.dtype("float64"), slice(1, None, 2), np.float64(-0.0), np.str_(""), np.int8(-3)])
)
HASHABLE = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=4)
        | st.sets(HASHABLE, max_size=4)
        | st.frozensets(HASHABLE, max_size=4)
        | st.lists(inner, max_size=4).map(collections.deque)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_plain_values_arrive_as_they_are(value):
    assert same(there_and_back(value), value)


@given(
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool, torch.uint8, torch.int64])
    | st.sampled_from([torch.complex64, torch.complex128, torch.int8, torch.int16, torch.int32]),
    st.lists(st.integers(0, 4), max_size=4),
    st.integers(0, 3),
)
@settings(max_examples=80, deadline=None)
def test_tensors_of_every_dtype_and_layout_arrive(dtype, shape, turns):
    tensor = (torch.randn(shape) * 50).to(dtype)
    for _ in range(turns):
        tensor = tensor.movedim(0, -1)[..., ::1] if tensor.ndim else tensor.expand(2)

    assert same(there_and_back(tensor), tensor)


@given(
    st.sampled_from(["f8", ">f8", "f2", "i1", "u8", "?", "c16", "U3", "S5", "M8[ns]", "m8[D]", "g"]),
    st.lists(st.integers(0, 4), max_size=4),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_arrays_of_every_dtype_and_layout_arrive(dtype, shape, turned):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    array = array.T[::-1] if turned and array.ndim else array

    assert same(there_and_back(array), np.ascontiguousarray(array).reshape(array.shape))


@pytest.mark.parametrize(
    "value",
    [
        collections.Counter("hello"),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, a=[1]),
        collections.deque([1, 2], maxlen=3),
        np.array([[1], [2, 3], None], dtype=object),
        np.array([[1, 2], [3, 4]], dtype=object),
        torch.zeros(2, requires_grad=True),
        torch.nn.Parameter(torch.ones(2)),
        float("nan"),
        1 << 5000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_special_value_arrives_as_it_is(value):
    assert same(there_and_back(value), value)


def test_a_named_tuple_keeps_its_fields():
    Point = collections.namedtuple("Point", "x y")

    arrived = there_and_back(Point(1, [2]))

    assert (arrived.x, arrived.y, type(arrived).__name__) == (1, [2], "Point")


def test_a_read_only_array_stays_one():
    array = np.arange(3)
    array.flags.writeable = False

    assert not there_and_back(array).flags.writeable


def test_sparse_and_conjugated_tensors_arrive_as_their_values():
    sparse, conjugated = torch.eye(2).to_sparse(), torch.tensor([1 + 2j]).conj()

    assert torch.equal(there_and_back(sparse), torch.eye(2))
    assert torch.equal(there_and_back(conjugated), torch.tensor([1 - 2j]))


def test_shared_parts_stay_shared():
    part = [1]

    arrived = there_and_back([part, {"a": part}])

    assert arrived[0] is arrived[1]["a"]


def test_views_of_one_array_stay_views():
    array = np.zeros(6)
    first, second = there_and_back([array, array[1::2]])

    first[1] = 5

    assert second.tolist() == [5, 0, 0]


def test_views_of_one_tensor_stay_views():
    tensor = torch.zeros(2, 3)
    first, second = there_and_back([tensor, tensor.T])

    first[0, 1] = 5

    assert second[1, 0] == 5


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


class LyingArray(np.ndarray):
    def tobytes(self, *_):
        return bytes(8 * self.size)

    def __array_function__(self, *_):
        return True


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class LyingList(list):
    def __iter__(self):
        return iter([9])


@pytest.mark.parametrize(
    ("lie", "truth"),
    [
        (torch.ones(2).as_subclass(LyingTensor), torch.ones(2)),
        (np.ones(2).view(LyingArray), np.ones(2)),
        (LyingFloat(3), 3.0),
        (LyingList([1]), [1]),
    ],
    ids=["tensor", "array", "float", "list"],
)
def test_a_subclass_that_lies_is_read_as_what_it_is(lie, truth):
    assert same(there_and_back(lie), truth)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic():
    value = [1]
    value.append({"a": value})
    return value


TOO_MUCH = [
    nested(LIMITS.message_depth + 1),
    nested(100_000),
    cyclic(),
    [[] for _ in range(LIMITS.message_items + 1)],
    torch.zeros(1).expand(10**10),
    torch.eye(2).to_sparse().sparse_resize_((10**6, 10**6), 2, 0),
    np.broadcast_to(np.zeros(1), (10**10,)),
    "x" * (TREE_BYTES // 8 + 1),
    "\ud800",
    1 << 200_000,
    object(),
    torch.empty(3, device="meta"),
    np.zeros(2, dtype=[("a", "f8")]),
]
NAMES = "deep deeper cyclic many expanded sparse broadcast long half digits object meta fields"


@pytest.mark.parametrize("value", TOO_MUCH, ids=NAMES.split())
def test_what_is_too_large_or_no_data_is_not_sent(value):
    with pytest.raises(WireError):
        there_and_back(value)


def test_what_contains_itself_is_refused_before_it_is_sent():
    with pytest.raises(WireError, match="contains itself"):
        Encoder(LIMITS, no_object).encode(cyclic())


def read_from(data):
    view = memoryview(data)

    def read(into):
        nonlocal view
        if len(view) < len(into):
            raise EOFError
        into[:] = view[: len(into)]
        view = view[len(into) :]

    return read


def real_message():
    encoder = Encoder(LIMITS, no_object)
    value = [torch.ones(2), {"a": np.arange(3)}, (1, "b", fractions.Fraction(1, 3)), decimal.Decimal("1.5"), {1, 2}]
    return message({"v": encoder.encode([value, datetime.date(2024, 2, 29)])}, encoder.buffers)


MESSAGE = real_message()


@given(st.lists(st.tuples(st.integers(0, len(MESSAGE) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_a_damaged_message_is_a_value_or_refused(changes, cut):
    data = bytearray(MESSAGE)
    for place, byte in changes:
        data[place] = byte
    with contextlib.suppress(WireError, EOFError):
        tree, buffers = receive(read_from(data[: len(data) - cut]), LIMITS)
        Decoder(LIMITS, buffers, no_object).decode(tree.get("v"))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_refused(data):
    with pytest.raises((WireError, EOFError)):
        receive(read_from(data), LIMITS)


@pytest.mark.parametrize(
    "header",
    [
        (TREE_BYTES + 1, 0, 0),
        (2, BUFFERS + 1, 0),
        (2, 1, LIMITS.message_bytes + 1),
        ((1 << 32) - 1, (1 << 32) - 1, (1 << 64) - 1),
    ],
)
def test_nothing_is_allocated_for_a_message_that_is_too_large(header):
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            receive(read_from(HEADER.pack(*header) + bytes(1000)), LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_buffers_have_to_be_as_long_together_as_the_header_says():
    data = HEADER.pack(2, 1, 8) + struct.pack("!Q", 1 << 40) + b"{}" + bytes(8)

    with pytest.raises(WireError):
        receive(read_from(data), LIMITS)


@pytest.mark.parametrize(
    "text",
    [b"[" * 1_000_000, b'{"a":' * 100_000, b"[1", b"[]", b"1" * 10_000, b'"\xff"', b"\xff\xfe{\x00}\x00"],
    ids=["lists", "objects", "half", "no object", "digits", "no text", "utf-16"],
)
def test_text_that_is_no_json_object_is_refused(text):
    with pytest.raises(WireError):
        receive(read_from(HEADER.pack(len(text), 0, 0) + text), LIMITS)


def test_a_million_empty_lists_are_refused_before_they_are_made():
    text = json.dumps({"v": [[]] * 1_200_000}).encode()
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            receive(read_from(HEADER.pack(len(text), 0, 0) + text), LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(text)
    finally:
        tracemalloc.stop()
