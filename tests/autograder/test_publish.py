"""From an instructor notebook to a student notebook: what goes, what is filled in, and that it is always the same."""

import json
import shutil

import nbformat
import pytest
from autograder_helpers import NOTEBOOK, UNIT, make_course, released
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

from autograder.course_folder import GradingError, open_course, release
from autograder.publish import Normalise, Publish, PublishError, badges, published_setting, release_steps


def cells(course):
    return {cell.id: cell for cell in nbformat.read(released(course), as_version=4).cells}


def test_solutions_and_hidden_tests_are_gone(tiny_course):
    text = released(tiny_course).read_text(encoding="utf-8")
    for secret in ("the answer", "secret fourteen", "Because adding", "BEGIN SOLUTION", "HIDDEN TESTS"):
        assert secret not in text


def test_an_exercise_is_left_as_a_stub_that_is_not_implemented(tiny_course):
    assert cells(tiny_course)["double"].source.endswith("raise NotImplementedError()")


def test_a_placeholder_above_a_solution_is_all_that_a_student_gets(tiny_course):
    assert cells(tiny_course)["quiz-1"].source == 'quiz_1 = "?"'


def test_cells_tagged_instructor_stay_behind(tiny_course):
    assert "rubric" not in cells(tiny_course)
    assert "Rubric" not in released(tiny_course).read_text(encoding="utf-8")


def test_cell_ids_are_kept(tiny_course):
    expected = ["title", "badges", "setup", "double", "helper", "double-small", "double-big", "quiz-1", "quiz-1-test"]
    assert list(cells(tiny_course)) == [*expected, "explain"]


def test_only_needed_metadata_is_left(tiny_course):
    notebook = nbformat.read(released(tiny_course), as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert cells(tiny_course)["setup"].metadata == {}


def test_checksums_belong_to_what_students_get(tiny_course):
    from nbgrader.utils import compute_checksum

    cell = cells(tiny_course)["double-small"]
    assert cell.metadata.nbgrader.checksum == compute_checksum(cell)


def test_generating_again_gives_the_same_bytes(tmp_path):
    course = make_course(tmp_path)
    first = released(course).read_bytes()
    release(course, UNIT)
    assert released(course).read_bytes() == first


def test_a_release_touches_nothing_but_its_own_folder_and_the_gradebook(tmp_path):
    course = make_course(tmp_path)
    files = {file.relative_to(course).as_posix() for file in course.rglob("*") if file.is_file()}
    files = {file for file in files if "__pycache__" not in file}
    assert files == {
        "nbgrader_config.py",
        "gradebook.db",
        f"source/{UNIT}/{NOTEBOOK}.ipynb",
        f"release/{UNIT}/{NOTEBOOK}.ipynb",
    }


def test_our_steps_stand_around_those_of_nbgrader():
    stock = GenerateAssignment().preprocessors
    steps = release_steps(stock)
    assert steps[0] is Publish
    assert steps[-1] is Normalise
    assert [step for step in steps if step in stock] == stock
    assert steps.index(ClearSolutions) + 1 == [step.__name__ for step in steps].index("KeepPlaceholders")


def test_an_unpublished_course_says_how_to_get_badges(tiny_course):
    source = cells(tiny_course)["badges"].source
    assert "published" in source
    assert "pyproject.toml" in source
    assert "\n" not in source
    assert cells(tiny_course)["setup"].source == 'PUBLISHED = ""'


def test_one_setting_fills_badges_and_set_up_cell(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.stable-exponentials]\npublished = "ada/course@v1.2"\n')
    course = make_course(tmp_path)
    where = f"release/{UNIT}/{NOTEBOOK}.ipynb"
    badge_text = cells(course)["badges"].source
    assert f"github/ada/course/blob/v1.2/{where}" in badge_text
    assert f"gh/ada/course/v1.2?labpath={where}" in badge_text
    assert cells(course)["setup"].source == 'PUBLISHED = "ada/course@v1.2"'


def test_badges_have_a_text_for_those_who_see_no_picture():
    assert "![Open in Colab]" in badges("ada/course@v1", "a.ipynb")
    assert "![Open in Binder]" in badges("ada/course@v1", "a.ipynb")


def test_a_malformed_setting_is_refused_with_the_form_it_should_have():
    with pytest.raises(PublishError, match="owner/repository@tag"):
        Publish(published="not a repository")


def test_a_published_course_needs_a_line_to_fill_in(tmp_path):
    course = make_course(tmp_path)
    (course / "pyproject.toml").write_text('[tool.stable-exponentials]\npublished = "ada/course@v1"\n')
    file = course / "source" / UNIT / f"{NOTEBOOK}.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace('PUBLISHED = \\"\\"', "pass"), encoding="utf-8")
    with pytest.raises(GradingError, match="has no line PUBLISHED"):
        release(course, UNIT)


@pytest.mark.parametrize("folder", [".", "build/demo"])
def test_the_setting_is_found_in_the_nearest_project_that_has_it(tmp_path, folder):
    (tmp_path / "pyproject.toml").write_text('[tool.stable-exponentials]\npublished = "ada/course@v1"\n')
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    assert published_setting(place) == "ada/course@v1"


def test_no_setting_means_not_published(tmp_path):
    assert published_setting(tmp_path) == ""


def test_the_course_works_in_a_folder_of_any_name(tmp_path):
    course = tmp_path / "a folder, with spaces"
    shutil.copytree(make_course(tmp_path / "first"), course)
    (course / "gradebook.db").unlink()
    release(course, UNIT)
    assert json.loads(released(course).read_text(encoding="utf-8"))["nbformat"] == 4
    assert open_course(course).coursedir.root == str(course)
