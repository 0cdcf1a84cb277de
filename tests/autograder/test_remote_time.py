"""A call that takes too long, or that ends its process, costs its own time and leaves the channel in order."""

import signal

import numpy as np
import pytest
import torch
from wire_helpers import Student, liar, seconds_of

from autograder.channel.errors import Died, Missing, Timeout, Unsendable
from autograder.channel.remote import is_proxy

SLOW = """
import os, signal, time

def fine(x):
    return x

def forever():
    while True:
        pass

def stubborn():
    while True:
        try:
            while True:
                time.sleep(0.01)
        except BaseException:
            pass

def deaf():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pass

def ends():
    os._exit(3)

def again(f):
    while True:
        f()

def swallows():
    try:
        while True:
            pass
    except BaseException:
        return "survived"
"""


@pytest.fixture(scope="module")
def slow():
    with Student(SLOW) as student:
        yield student


def test_a_call_that_never_ends_is_interrupted_and_the_next_one_works(slow):
    with slow.allowed(call_seconds=0.5):
        took, error = seconds_of(slow.forever)

    assert isinstance(error, Timeout)
    assert "0.5 seconds" in str(error)
    assert took < 2.5
    assert not slow.remote.dead
    assert [slow.fine(n) for n in range(5)] == [0, 1, 2, 3, 4]


def test_what_a_call_returns_after_its_interrupt_is_thrown_away(slow):
    with slow.allowed(call_seconds=0.3), pytest.raises(Timeout):
        slow.swallows()

    assert slow.fine("next") == "next"


def test_callbacks_without_end_stop_at_the_deadline(slow):
    with slow.allowed(call_seconds=0.5):
        took, error = seconds_of(slow.again, lambda: None)

    assert isinstance(error, Timeout)
    assert took < 2.5
    assert slow.fine(1) == 1


class OwnLimitError(BaseException):
    """What the time limit of a grade cell raises out of any line."""


def test_an_exception_of_the_grade_cells_own_leaves_the_channel_in_order(slow):
    def ring(*_):
        raise OwnLimitError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(OwnLimitError):
            slow.forever()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert slow.fine("next") == "next"


def test_an_exception_of_the_grade_cells_own_in_a_callback_leaves_the_channel_in_order(slow):
    def ring():
        raise OwnLimitError

    with pytest.raises(OwnLimitError):
        slow.again(ring)

    assert slow.fine("next") == "next"


@pytest.mark.parametrize("name", ["deaf", "stubborn"])
def test_a_function_that_ignores_interrupts_is_killed(name):
    with Student(SLOW) as student, student.allowed(call_seconds=0.3, grace_seconds=0.7):
        took, error = seconds_of(student.remote.lookup(name))

        assert isinstance(error, Timeout)
        assert took < 2
        assert student.interrupts >= 2
        assert student.remote.dead or name == "stubborn"
        if student.remote.dead:
            assert student.process.wait(5) == -9


def test_a_process_that_ends_is_noticed_at_once():
    with Student(SLOW) as student:
        f = student.fine
        with pytest.raises(Died):
            student.ends()

        assert student.remote.dead
        with pytest.raises(Died):
            f(1)
        student.remote.bookmark("quietly")


def test_a_bookmark_that_is_not_made_ends_the_process():
    with liar({"raised": {"type": "KeyError", "text": "", "where": ""}}) as other:
        other.remote.bookmark("here")

        assert other.remote.dead


def test_what_cannot_be_sent_is_the_grade_cells_mistake(slow):
    class Mine:
        value = 3

    for argument in (Mine(), np, torch.zeros(1).expand(10**10), [Mine()]):
        with pytest.raises(Unsendable):
            slow.fine(argument)


def test_a_name_that_is_not_there_is_missing(slow):
    with pytest.raises(Missing, match="nowhere"):
        slow.remote.lookup("nowhere")


def test_every_call_is_counted(slow):
    before = slow.remote.calls
    slow.fine(1)
    slow.remote.assign("new", 5)
    slow.remote.delete("new")

    assert slow.remote.calls == before + 3


def test_functions_are_proxies_and_data_is_not(slow):
    assert is_proxy(slow.fine)
    assert not is_proxy(slow.fine(1))
