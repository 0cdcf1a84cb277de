"""Whatever the other end does, a grade cell sees one of three exceptions, in time, and never a stale answer."""

import dataclasses
import signal
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_helpers import LIMITS, Liar, liar, message, seconds_of

from autograder.channel.errors import BadReply, Died, StudentExit, Timeout
from autograder.channel.remote import Remote
from autograder.channel.wire import HEADER, TREE_BYTES

BRIEF = dataclasses.replace(LIMITS, call_seconds=0.4, grace_seconds=0.3)
EXPECTED = (BadReply, Died, Timeout)

FUNCTION = {"ok": {"t": "handle", "n": 7, "k": "function", "name": "f"}}


def function_that_answers(*parts, limits=BRIEF):
    """A liar whose `f` can be looked up; calls are answered with the parts."""
    return Liar(lambda request: [FUNCTION] if request["op"] == "lookup" else parts, limits)


NONSENSE = {
    "an empty answer of another number": {"a": 1},
    "ok is no value": {"ok": {"t": "gift"}},
    "ok is a list": {"ok": []},
    "given that was not sent": {"ok": {"t": "given", "n": 99}},
    "given of a negative number": {"ok": {"t": "given", "n": -1}},
    "given of text": {"ok": {"t": "given", "n": "0"}},
    "out without outs": {"ok": {"t": "out", "k": 0}},
    "back that was never exported": {"ok": {"t": "back", "n": 1}},
    "back of a list": {"ok": {"t": "back", "n": []}},
    "callback": {"ok": {"t": "callback", "n": 1, "name": "f"}},
    "handle without number": {"ok": {"t": "handle", "k": "function"}},
    "handle of a list": {"ok": {"t": "handle", "n": [], "k": "function"}},
    "exception class with endless parents": {"ok": {"t": "handle", "n": 3, "k": "class", "error": True, "parent": {}}},
    "changed is no list": {"changed": 5},
    "changed names nothing": {"changed": [[99, 1]]},
    "changed names text": {"changed": [["0", 1]]},
    "changed of three": {"changed": [[0, 1, 2]]},
    "changed turns a list into a number": {"changed": [[0, 5]]},
    "changed turns a list into a dict": {"changed": [[0, {"t": "dict", "n": 0, "k": [], "v": []}]]},
    "outs of numbers": {"outs": [1.5], "record": 1},
    "outs is a number": {"outs": 1, "record": 1},
    "outs without record": {"outs": [{"t": "list", "n": 0, "v": []}]},
    "raised is no object": {"raised": 5},
    "raised without text": {"raised": {"type": "ValueError"}},
    "raised with lists": {"raised": {"type": [], "text": [], "where": []}},
    "random states that are none": {"rng": {"t": "list", "n": 0, "v": [{"t": "list", "n": 1, "v": ["random", 1, 2]}]}},
}


@pytest.mark.parametrize("name", NONSENSE)
def test_an_answer_that_is_none_is_a_bad_reply(name):
    with function_that_answers(NONSENSE[name]) as other:
        took, error = seconds_of(other.remote.lookup("f"), [1])

    assert isinstance(error, EXPECTED), repr(error)
    assert took < 2


def test_outs_of_integers_are_a_bad_reply():
    def answer(request):
        if request["op"] == "lookup":
            return [FUNCTION]
        tree = {"a": request["q"], "ok": {"t": "out", "k": 0}, "record": 5}
        tree["outs"] = [{"t": "tensor", "n": 0, "d": "int64", "s": [1], "b": 0}]
        return [message(tree, [bytes(8)])]

    with Liar(answer, BRIEF) as other, pytest.raises(BadReply):
        other.remote.lookup("f")()


@given(
    st.dictionaries(
        st.sampled_from(["ok", "changed", "outs", "record", "raised", "warned", "out", "err", "rng", "trace", "free"]),
        st.recursive(
            st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.fixed_dictionaries(
                    {
                        "t": st.sampled_from(["given", "out", "back", "handle", "list", "dict", "ref", "tensor"]),
                        "n": inner,
                        "v": inner,
                    }
                )
            ),
            max_leaves=8,
        ),
        max_size=4,
    )
)
@settings(max_examples=150, deadline=None)
def test_answers_of_nonsense_are_data_or_one_of_three_exceptions(answer):
    current.clear()
    current.update(answer)
    try:
        FUZZED.remote.lookup("f")([1])
    except (*EXPECTED, RuntimeError, StudentExit):
        pass
    assert not FUZZED.remote.dead


current = {}
FUZZED = Liar(lambda request: [FUNCTION] if request["op"] == "lookup" else [dict(current)])


BROKEN = {
    "garbage": [b"\xde\xad\xbe\xef" * 10],
    "nothing and the end": [None],
    "half a header and the end": [b"\0\0", None],
    "half a message and the end": [message({"a": 1})[:-3], None],
    "half a message and silence": [message({"a": 1})[:-3]],
    "silence": [],
    "too much": [HEADER.pack(TREE_BYTES + 1, 0, 0)],
    "a buffer that never comes": [HEADER.pack(2, 1, 1 << 20) + struct.pack("!Q", 1 << 20) + b"{}"],
    "nested bomb": [HEADER.pack(100_000, 0, 0) + b"[" * 100_000],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_message_ends_the_other_end_in_time(name):
    with liar(*BROKEN[name], limits=BRIEF) as other:
        took, error = seconds_of(other.remote.lookup, "f")

        assert isinstance(error, EXPECTED), repr(error)
        assert took < BRIEF.call_seconds + BRIEF.grace_seconds + 0.5
        assert other.remote.dead
        assert other.killed.is_set()
        with pytest.raises(Died):
            other.remote.lookup("f")


def test_an_answer_byte_by_byte_is_read():
    def answer(request):
        return [bytes([byte]) for byte in message({"a": request["q"], "ok": "slow"})]

    with Liar(answer) as other:
        assert other.remote.lookup("f") == "slow"


def test_drops_now_and_then_do_not_put_off_the_deadline():
    def answer(request):
        for byte in message({"a": request["q"], "ok": "x" * 1000}):
            yield bytes([byte])
            yield 0.05

    with Liar(answer, BRIEF) as other:
        took, error = seconds_of(other.remote.lookup, "f")

    assert isinstance(error, Timeout)
    assert took < BRIEF.call_seconds + BRIEF.grace_seconds + 0.5


@pytest.mark.parametrize("flood", [{"hello": 1}, {"a": 5}, {"q": 1, "op": "callback", "to": 1}], ids=str)
def test_a_flood_of_other_messages_does_not_put_off_the_deadline(flood):
    def answer(request):
        while True:
            yield message(flood)

    with Liar(answer, BRIEF) as other:
        took, error = seconds_of(other.remote.lookup, "f")

    assert isinstance(error, EXPECTED)
    assert took < BRIEF.call_seconds + BRIEF.grace_seconds + 1


def test_an_exception_of_the_grade_cells_own_in_the_middle_of_a_message_ends_the_other_end():
    class OwnLimitError(BaseException):
        pass

    def ring(*_):
        raise OwnLimitError

    def answer(request):
        yield message({"a": request["q"], "ok": 1})[:-3]

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with Liar(answer) as other:
            with pytest.raises(OwnLimitError):
                other.remote.lookup("f")
            assert other.remote.dead
            assert not other.interrupts
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_late_answer_is_never_taken_for_the_next_one():
    late = []

    def answer(request):
        if request["name"] == "slow":
            late.append(request["q"])
            return []
        return [message({"a": late[0], "ok": "late"}), {"ok": "right"}]

    with Liar(answer, BRIEF) as other:
        with pytest.raises(Timeout):
            other.remote.lookup("slow")
        # It did not come back in time either, so that it is ended.
        with pytest.raises(Died):
            other.remote.lookup("next")


def test_a_late_answer_within_the_grace_is_thrown_away():
    def answer(request):
        return [0.5, {"ok": "late"}] if request["name"] == "slow" else [{"ok": "right"}]

    with Liar(answer, dataclasses.replace(BRIEF, grace_seconds=2)) as other:
        with pytest.raises(Timeout):
            other.remote.lookup("slow")

        assert other.interrupts >= 1
        assert other.remote.lookup("next") == "right"


def test_a_second_answer_is_thrown_away():
    with Liar(lambda request: [{"ok": request["name"]}, {"ok": "again"}]) as other:
        assert [other.remote.lookup(name) for name in "abc"] == ["a", "b", "c"]


def test_answers_in_advance_are_thrown_away():
    with Liar(lambda request: [message({"a": n, "ok": "early"}) for n in range(50)] + [{"ok": "right"}]) as other:
        assert [other.remote.lookup("f") for _ in range(3)] == ["right"] * 3


def test_two_ends_on_one_socket_never_use_the_same_numbers():
    with liar({"ok": 1}) as other:
        other.remote.lookup("f")
        Remote(other.remote._sock, interrupt=int, kill=int, limits=LIMITS).lookup("f")

    first, second = (request["q"] for request in other.requests)
    assert abs(first - second) > 1000


REQUESTS = [
    {"op": "callback", "to": 1, "args": [], "kw": {}},
    {"op": "callback", "to": [], "args": [], "kw": {}},
    {"op": "lookup", "name": "x"},
    {"op": "act", "how": "call", "to": 1, "args": [], "kw": {}},
    {"op": "__class__"},
    {"op": []},
    {"op": "vjp", "record": 1, "grads": []},
    {"op": "vjp", "record": [], "grads": []},
    {"op": "callback", "free": 5},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_requests_that_nobody_expects_are_refused(request_):
    told = []

    def answer(request):
        if "q" not in request:
            told.append(request)
            return []
        return [message({"q": 3, **request_}), 0.1, {"ok": "done"}]

    with Liar(answer) as other:
        assert other.remote.lookup("f") == "done"
        time.sleep(0.05)

    assert [reply["a"] for reply in told] == [3]
    assert "raised" in told[0]


def test_a_function_can_be_called_back_only_after_it_was_handed_over():
    called = []
    told = []

    def answer(request):
        if "q" not in request:
            told.append(request)
            return []
        if request["op"] == "lookup":
            return [FUNCTION]
        (number,) = [argument["n"] for argument in request["args"]]
        calls = [
            message({"q": n, "op": "callback", "to": to, "args": [n], "kw": {}})
            for n, to in enumerate([number, number + 1, number - 1])
        ]
        return [*calls, 0.1, {"ok": {"t": "back", "n": number}}]

    def mine(value):
        called.append(value)

    with Liar(answer) as other:
        assert other.remote.lookup("f")(mine) is mine

    assert called == [0]
    assert ["raised" in reply for reply in told] == [False, True, True]


def test_calls_within_calls_end_somewhere():
    depth = []

    def answer(request):
        if "q" not in request:
            return []
        if request["op"] == "lookup":
            return [FUNCTION]
        if request["args"]:
            numbers.append(request["args"][0]["n"])
        return [message({"q": len(depth), "op": "callback", "to": numbers[0], "args": [], "kw": {}})]

    numbers = []

    with Liar(answer, dataclasses.replace(BRIEF, call_seconds=1.5)) as other:
        f = other.remote.lookup("f")

        def mine():
            depth.append(1)
            return f()

        _, error = seconds_of(f, mine)

    assert isinstance(error, EXPECTED)
    assert len(depth) < 50


def test_graphs_that_are_held_on_to_are_limited(monkeypatch):
    monkeypatch.setattr("autograder.channel.remote._GRAPH_BYTES", 100_000)
    refused = []

    def answer(request):
        if "q" not in request:
            refused.append("raised" in request)
            return []
        if request["op"] == "lookup":
            return [FUNCTION]
        number = request["args"][0]["n"]
        tensor = {"t": "tensor", "n": 0, "d": "float32", "s": [1 << 10], "b": 0, "g": 1}
        call = message(
            {"q": 1, "op": "callback", "to": number, "args": [tensor], "kw": {}, "env": {}}, [bytes(1 << 12)]
        )
        return [*[call] * 30, 0.2, {"ok": None}]

    with Liar(answer, dataclasses.replace(LIMITS, call_seconds=30)) as other:
        other.remote.lookup("f")(lambda x: x * 2)
        time.sleep(0.1)

    assert any(refused)
    assert not all(refused)


def test_too_many_objects_are_refused(monkeypatch):
    monkeypatch.setattr("autograder.channel.handles.HANDLES", 100)
    handles = [{"t": "handle", "n": n, "k": "object"} for n in range(200)]

    with liar({"ok": {"t": "list", "n": 0, "v": handles}}) as other, pytest.raises(BadReply):
        other.remote.lookup("f")


def test_what_a_handle_says_is_cut_to_size():
    handle = {"t": "handle", "n": 1, "k": "object", "name": "x\n<b>" * 1000, "type": [], "hash": "h", "bases": 5}

    with liar({"ok": handle}) as other:
        shown = repr(other.remote.lookup("f"))

    assert len(shown) < 130
    assert "\n" not in shown


def test_printed_text_and_warnings_are_limited(capsys, recwarn):
    flood = {
        "ok": 1,
        "out": "x" * 5_000_000 + "\ud800",
        "warned": [["UserWarning", "w" * 9000]] * 1000,
        "err": "\ud800",
    }

    with liar(flood) as other:
        assert other.remote.lookup("f") == 1

    said = capsys.readouterr()
    said.err.encode()
    assert len(said.out) <= 256 * 1024
    assert len(recwarn) <= 100
    assert all(len(str(w.message)) <= 500 for w in recwarn)


@pytest.mark.parametrize(
    "trace", [5, [5], [{"name": "a"}], [{"name": 1, "dtypes": [], "sizes": [], "new": 0}]], ids=str
)
def test_a_trace_that_is_none_is_a_bad_reply(trace):
    with function_that_answers({"ok": 1, "trace": trace}) as other, pytest.raises(BadReply):
        other.remote.lookup("f").trace(1)


def test_a_chosen_random_state_is_not_believed():
    chosen = np.random.RandomState(7).get_state(legacy=False)

    def answer(request):
        from autograder.channel.encoder import Encoder

        encoder = Encoder(LIMITS, None)
        state = encoder.encode([None, ["RandomState", chosen], None])
        return (
            [FUNCTION]
            if request["op"] == "lookup"
            else [message({"a": request["q"], "ok": 1, "rng": state}, encoder.buffers)]
        )

    with Liar(answer) as other:
        np.random.seed(0)
        other.remote.lookup("f")()

    assert np.random.rand() == np.random.RandomState(0).rand()


def test_numbers_that_are_no_bool_decide_no_comparison():
    a, b = ({"t": "handle", "n": n, "k": "object", "name": "x"} for n in (1, 2))

    def answer(request):
        return [{"ok": {"t": "list", "n": 0, "v": [a, b]}}] if request["op"] == "lookup" else [{"ok": 1}]

    with Liar(answer) as other:
        x, y = other.remote.lookup("f")
        with pytest.raises(BadReply):
            x == y  # noqa: B015


def test_reading_an_answer_asks_for_nothing():
    """A set of objects that are all said to be equal: whoever compared them would ask for each pair."""
    items = [{"t": "handle", "n": n, "k": "object", "hash": 1} for n in range(300)]

    with liar({"ok": {"t": "set", "n": 0, "v": items}}) as other:
        assert len(other.remote.lookup("f")) == 300
        assert len(other.requests) == 1
