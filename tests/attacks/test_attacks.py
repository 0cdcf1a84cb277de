"""Hostile submissions among honest ones: no point is gained, nothing read, nothing left, nobody harmed."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks.arena import fight
from tests.attacks.attack import CONTROLS, DEFENCES
from tests.attacks.catalogue import ATTACKS
from tests.attacks.class_of_attackers import HONEST, honest_output
from tests.attacks.course import FULL
from tests.attacks.judge import merits, running_parts, successes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_NAMES = {attack.name: attack for attack in ATTACKS}

SAMPLES = {
    "graft": ("skip-execution", "test-edited", "outputs-forged"),
    "referee": ("ast-transformer", "equal-to-everything", "stack-reader", "numpy-and-torch-agree"),
    "two-phases": ("input-in-later-cell",),
    "withholding": ("input-in-exception", "input-in-class-name", "input-printed"),
    "presentable": ("html-output", "markup-in-essay", "picture-that-is-none"),
    "reading": ("link-to-a-secret", "notebook-is-a-link"),
    "sandbox": ("environment", "file-beside-the-course", "network", "files-left"),
    "limits": ("open-files", "processes", "endless-output"),
}
"""Attacks that succeed as soon as just that defence is switched off."""

TOGETHER = (("graft",), ("referee", "two-phases"), ("withholding", "presentable", "reading"), ("sandbox", "limits"))
ROUNDS = [(name,) for name in SAMPLES] if os.environ.get("ATTACK_DEFENCES") == "apart" else TOGETHER
"""Defences that are switched off at the same time: one by one takes twice as long, and `make test-hostile` does it."""


@pytest.fixture(scope="module")
def battle():
    """The whole class, graded once."""
    # Not pytest's own folder: sockets are made in it, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        yield fight(Path(folder), ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_an_attack_achieves_nothing(battle, attack):
    assert successes(attack, battle) == []


@pytest.mark.parametrize("control", CONTROLS, ids=[control.name for control in CONTROLS])
def test_a_submission_that_attacks_nothing_is_not_taken_for_an_attack(battle, control):
    assert successes(control, battle) == []


@pytest.mark.parametrize("student", HONEST)
def test_an_honest_student_among_attackers_has_full_marks(battle, student):
    assert battle.graded[student].score == FULL


@pytest.mark.parametrize("student", HONEST)
def test_what_an_honest_student_shows_is_untouched(battle, student):
    shown = [output["text"] for output in battle.graded[student].outputs if output["output_type"] == "stream"]
    assert shown == [honest_output(battle.course, student)]


@pytest.mark.parametrize("student", HONEST)
def test_an_honest_student_gets_a_feedback_page(battle, student):
    assert "Arrays" in battle.graded[student].page


def test_the_command_says_that_everything_is_recorded(battle):
    assert battle.status == 0, battle.log


def test_no_process_is_left(battle):
    assert battle.processes == []


def test_no_file_of_an_attacker_is_left_anywhere(battle):
    assert battle.files == []


def test_the_temporary_folder_is_empty_afterwards(battle):
    assert battle.temporary == set()


def test_the_course_folder_holds_nothing_new_but_results(battle):
    assert battle.strewn == set()


def test_nobody_got_through_to_the_machines_sockets(battle):
    assert battle.calls == 0


def test_the_report_runs_no_script_of_an_attacker(battle):
    assert running_parts(battle.report["report.html"]) == []


def test_no_cell_of_the_tables_is_a_formula(battle):
    tables = [text for name, text in battle.report.items() if name.endswith(".csv")]
    cells = [cell for text in tables for row in csv.reader(io.StringIO(text)) for cell in row]
    assert cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []


def test_there_are_many_attacks_of_every_family():
    assert len(ATTACKS) >= 45
    assert min(Counter(attack.family for attack in ATTACKS).values()) >= 5


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_an_attack_says_what_stops_it(attack):
    assert bool(attack.stopped_by) != bool(attack.held_by)


def test_attacks_name_defences_that_can_be_switched_off():
    assert {defence for attack in ATTACKS for defence in attack.stopped_by} == set(DEFENCES)


def test_every_defence_is_switched_off_once():
    assert sorted(defence for defences in TOGETHER for defence in defences) == sorted(SAMPLES)


@pytest.mark.parametrize("defences", ROUNDS, ids=["+".join(defences) for defences in ROUNDS])
def test_attacks_succeed_when_the_defence_against_them_is_switched_off(defences):
    attackers = [_NAMES[name] for defence in defences for name in SAMPLES[defence]]
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        battle = fight(Path(folder), attackers, defences)
        assert battle.unfair == {}, battle.log
        failed = [attack.name for attack in attackers if not merits(attack, battle)]
    assert failed == []
