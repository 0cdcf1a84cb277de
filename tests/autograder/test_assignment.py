"""What is read of an assignment before it is graded."""

from pathlib import Path

import nbformat
import pytest
from autograder_helpers import UNIT

from autograder.assignment import AssignmentError, limits_of, load
from autograder.course_folder import open_course
from autograder.limits import Limits

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def api(course):
    return open_course(course)


def skeleton_of(api, unit=UNIT):
    (skeleton,) = load(api.coursedir, api.config, unit).notebooks.values()
    return skeleton


def test_the_released_notebook_is_what_students_got(api):
    (file,) = Path(api.coursedir.root, "release", UNIT).glob("*.ipynb")
    assert skeleton_of(api).released == nbformat.read(file, as_version=4)


def test_the_skeleton_has_the_hidden_tests_and_no_solution(api):
    skeleton = skeleton_of(api)
    text = nbformat.writes(skeleton.notebook)
    assert "secret fourteen" in text
    assert "secret fourteen" not in nbformat.writes(skeleton.released)
    assert "x + x" not in text
    assert "x + x" in skeleton.solutions["double"]


def test_a_test_that_was_changed_after_the_release_stays_as_it_was_generated(api):
    (file,) = Path(api.coursedir.root, "source", UNIT).glob("*.ipynb")
    file.write_text(file.read_text(encoding="utf-8").replace("secret fourteen", "secret fifteen"), encoding="utf-8")
    assert "secret fourteen" in nbformat.writes(skeleton_of(api).notebook)


def test_an_assignment_that_is_not_there_is_named(api):
    with pytest.raises(AssignmentError, match="there is no assignment nothing here"):
        load(api.coursedir, api.config, "nothing")


def test_files_named_by_the_configuration_are_found_from_the_course_folder(api, tmp_path, monkeypatch):
    header = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("a header", id="header")])
    nbformat.write(header, Path(api.coursedir.root, "source", "header.ipynb"))
    api.config.IncludeHeaderFooter.header = "source/header.ipynb"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert skeleton_of(api).released.cells[0].source == "a header"
    assert Path.cwd() == elsewhere


def test_this_repositorys_units_are_released_as_they_are_committed():
    api = open_course(REPOSITORY)
    for folder in (REPOSITORY / "source").iterdir():
        (file,) = (REPOSITORY / "release" / folder.name).glob("*.ipynb")
        assert skeleton_of(api, folder.name).released == nbformat.read(file, as_version=4)


def test_a_course_sets_limits_and_nbgraders_own_time_limit_counts(api):
    api.config.Execute.timeout = 7
    api.config.Limits.call_seconds = 3
    limits = limits_of(api.config)
    assert (limits.cell_seconds, limits.call_seconds, limits.processes) == (7, 3, Limits.processes)


@pytest.mark.parametrize(("name", "value"), [("no_such_limit", 1), ("processes", 0), ("memory_bytes", "4 GB")])
def test_a_limit_that_is_none_is_refused_by_name(api, name, value):
    api.config.Limits[name] = value
    with pytest.raises(AssignmentError, match=name):
        limits_of(api.config)
