"""Whatever is killed, full or locked, and whenever: a plain re-run ends as if nothing had happened.

The environment variable FAULT_MOMENTS says at how many random moments each process is killed, FAULT_SEED at which.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.faults import faults
from tests.faults.launcher import POINTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOMENTS = int(os.environ.get("FAULT_MOMENTS", "3"))
AT_A_TIME = 3
ROUNDS = [(number, min(AT_A_TIME, MOMENTS - number)) for number in range(0, MOMENTS, AT_A_TIME)]
SEED = os.environ.get("FAULT_SEED", "11")


def drawn(name: str, number: int = 0) -> random.Random:
    """Where the random moments of one test come from."""
    return random.Random(f"{SEED} {name} {number}")


def test_moments_are_another_for_each_test_and_the_same_when_it_is_repeated():
    assert drawn("grader").random() == drawn("grader").random() != drawn("worker").random()


@pytest.mark.parametrize(("number", "times"), ROUNDS)
def test_a_killed_grader_loses_nothing(arena, expected, number, times):
    faults.killed_grader(arena, expected, drawn("grader", number), times)


@pytest.mark.parametrize("role", ["worker", "nursery", "bubblewrap"])
@pytest.mark.parametrize(("number", "times"), ROUNDS)
def test_a_run_goes_on_when_its_helpers_are_killed(arena, expected, role, number, times):
    faults.killed_helper(arena, expected, role, drawn(role, number), times)


@pytest.mark.parametrize("victim", ["worker", "nursery"])
def test_a_submission_that_brings_processes_down_costs_nobody_else_a_point(arena, expected, victim):
    faults.deadly_submission(arena, expected, victim)


def test_a_grader_killed_while_it_records_loses_nothing(arena, expected):
    faults.killed_at(arena, expected, POINTS)


def test_a_grader_killed_while_it_replaces_results_loses_nothing(arena, expected):
    faults.killed_again_at(arena, expected, list(POINTS) if MOMENTS > AT_A_TIME else list(POINTS)[:4:3])


def test_a_new_version_is_never_taken_for_recorded_with_the_old_points(arena, expected):
    faults.killed_between_two_versions(arena, expected)


def test_nothing_lives_on_when_a_grader_is_killed_that_waits_for_an_answer(arena):
    faults.killed_while_busy(arena)


def test_an_interrupted_grader_says_what_is_recorded(arena, expected):
    faults.interrupted(arena, expected, ["Ctrl-C", "SIGTERM"], drawn("interrupt"))


def test_what_is_being_recorded_at_an_interrupt_is_recorded_and_counted(arena, expected):
    faults.interrupted_while_recording(arena, expected)


def test_a_locked_gradebook_costs_no_result(arena, expected):
    faults.locked(arena, expected)


def test_a_full_disk_costs_no_result(arena, expected, may_mount):
    faults.full_course(arena, expected)


def test_a_full_temporary_folder_costs_no_result(arena, expected, may_mount):
    faults.full_temporary(arena, expected)


def test_two_graders_at_once_both_finish(arena, expected):
    faults.two_at_once(arena, expected)
