"""Each defence against faults has its reason: without it, the fault that it is for does harm, and the suite sees it."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults import faults
from tests.faults.launcher import DEFENCES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def _worker_killed(arena, expected, without):
    faults.killed_helper(arena, expected, "worker", random.Random(1), 2, without)


def _nursery_killed(arena, expected, without):
    faults.killed_helper(arena, expected, "nursery", random.Random(1), 2, without)


def _killed_in_a_file(arena, expected, without):
    faults.killed_again_at(arena, expected, ["in the middle of a notebook"], without)


def _killed(arena, expected, without):
    faults.killed_at(arena, expected, ["after a result"], without=without)


def _sigterm(arena, expected, without):
    faults.interrupted(arena, expected, ["SIGTERM"], random.Random(1), without)


def _busy(arena, expected, without):
    faults.killed_while_busy(arena, without)


HARM = {
    "another try": _worker_killed,
    "telling a nursery's death": _nursery_killed,
    "dying with the parent": _busy,
    "scratch folder": _killed,
    "removing what was abandoned": _killed,
    "knowing what is recorded": _killed,
    "files beside the folder": _killed_in_a_file,
    "files after points": faults.killed_between_two_versions,
    "telling a full disk": faults.full_course,
    "telling a full temporary folder": faults.full_temporary,
    "taking turns": faults.two_at_once,
    "SIGTERM": _sigterm,
    "counting what is recorded": faults.interrupted_while_recording,
}


FEW = (
    "another try",
    "dying with the parent",
    "knowing what is recorded",
    "counting what is recorded",
    "files after points",
)
TRIED = tuple(DEFENCES) if os.environ.get("FAULT_DEFENCES") == "all" else FEW
"""Those without which the suite is run: all of them take another minute."""


def test_there_is_a_fault_for_every_defence():
    assert set(HARM) == set(DEFENCES)


@pytest.mark.parametrize("defence", TRIED)
def test_harm_is_done_and_seen_without(defence, arena, expected, request):
    if defence.startswith("telling a full"):
        request.getfixturevalue("may_mount")
    with pytest.raises((AssertionError, ValueError)):
        HARM[defence](arena, expected, without=defence)
