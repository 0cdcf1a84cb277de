"""release/ is what source/ generates, and neither it nor the wheel gives a solution away."""

import io
import json
import re
import shutil
import textwrap
import tokenize
import zipfile
from pathlib import Path

import pytest

from autograder.course_folder import release
from tests.environments import build_wheel

REPOSITORY = Path(__file__).resolve().parents[1]
UNITS = sorted(folder.name for folder in (REPOSITORY / "source").glob("*") if any(folder.glob("*.ipynb")))

MARKS = ("SOLUTION", "HIDDEN TESTS")
READABLE_ID = re.compile(r"[a-z][a-z0-9_-]*")
# Lines that anyone may write.
SAYS_NOTHING = re.compile(r"import .*|from \w+ import .*|\W*(return|else|try|pass|raise)?\W*|inf = float\(.inf.\)")
FEWEST_CHARACTERS = 8
# A piece of a statement that was broken over several lines is telling from this length on.
TELLING_PIECE = 24


def squeezed(text: str) -> str:
    """`text` without white space, so that a copy is found however it is indented or wrapped."""
    return re.sub(r"\s+", "", text)


def secrets(cells: list[dict], marks: tuple[str, ...] = MARKS) -> list[str]:
    """What instructor cells and the regions between `marks` say, line by line, squeezed."""
    found = []
    for cell in cells:
        lines, inside = [], "instructor" in cell["metadata"].get("tags", [])
        for line in "".join(cell["source"]).split("\n"):
            if any(f"END {mark}" in line for mark in marks):
                inside = False
            elif any(f"BEGIN {mark}" in line for mark in marks):
                inside = True
            elif inside:
                lines.append(line)
        found += statements(lines) if cell["cell_type"] == "code" else lines
        found += [line for line in lines if len(squeezed(line)) >= TELLING_PIECE]
    squeezed_lines = [squeezed(line) for line in found if not SAYS_NOTHING.fullmatch(line.strip())]
    return [line for line in squeezed_lines if len(line) >= FEWEST_CHARACTERS]


def statements(lines: list[str]) -> list[str]:
    """Logical lines of Python, so that a call broken over several lines is one secret and not its commas."""
    text = textwrap.dedent("\n".join(lines)) + "\n"
    found, first = [], None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            found.append(" ".join(text.split("\n")[first - 1 : token.end[0]]))
            first = None
        elif first is None and token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT):
            first = token.start[0]
    return found


def readable(content: bytes) -> str:
    """All text of a file, squeezed; of a notebook, the strings that its JSON holds."""
    text = content.decode("utf-8", errors="replace")
    try:
        return squeezed("".join(strings(json.loads(text))))
    except json.JSONDecodeError:
        return squeezed(text)


def strings(data: object):
    """Every string in a JSON document, keys excepted."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


def leaks(contents: dict[str, bytes]) -> list[tuple[str, str]]:
    """Pairs (file, secret line) for every secret of every unit that one of the files gives away."""
    hidden = {line for unit in UNITS for line in secrets(source_cells(unit))}
    texts = {name: readable(content) for name, content in contents.items()}
    return [(name, line) for name, text in texts.items() for line in sorted(hidden) if line in text]


def source_cells(unit: str) -> list[dict]:
    files = sorted((REPOSITORY / "source" / unit).glob("*.ipynb"))
    return [cell for file in files for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]


def released_cells(unit: str) -> dict[str, dict]:
    files = sorted((REPOSITORY / "release" / unit).glob("*.ipynb"))
    return {cell["id"]: cell for file in files for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]}


def files_below(folder: Path) -> dict[str, bytes]:
    left_out = (".ipynb_checkpoints", "__pycache__")
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not set(left_out) & set(file.parts)]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """release/ as it comes out of two course folders with different names."""
    releases = []
    for name in ("once", "and once more"):
        course = tmp_path_factory.mktemp(name)
        shutil.copytree(REPOSITORY / "source", course / "source")
        for file in ("nbgrader_config.py", "pyproject.toml"):
            shutil.copy(REPOSITORY / file, course)
        for unit in UNITS:
            release(course, unit)
        releases.append(files_below(course / "release"))
    return releases


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """What the built wheel holds."""
    file = build_wheel(tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_there_is_a_unit_to_release():
    assert UNITS


def test_generating_twice_gives_the_same_bytes(generated):
    once, again = generated
    assert once == again


def test_release_is_what_source_generates(generated):
    committed = files_below(REPOSITORY / "release")
    assert sorted(committed) == sorted(generated[0]), "run `make release`"
    assert [name for name in committed if committed[name] != generated[0][name]] == [], "run `make release`"


def test_release_gives_no_solution_away():
    assert leaks(files_below(REPOSITORY / "release")) == []


def test_the_wheel_gives_no_solution_away(wheel):
    assert "course/kit/feedback.py" in wheel
    assert leaks(wheel) == []


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"course", "autograder", "stable_exponentials"}


def test_no_mark_of_a_solution_or_hidden_test_is_left():
    for name, content in files_below(REPOSITORY / "release").items():
        for mark in MARKS:
            assert f"BEGIN {mark}".encode() not in content, name
            assert f"END {mark}".encode() not in content, name


@pytest.mark.parametrize("unit", UNITS)
def test_a_copied_solution_would_be_found(unit):
    hidden = secrets(source_cells(unit))
    assert len(hidden) >= 10
    longest = max(hidden, key=len)
    assert (f"{unit}.py", longest) in leaks({f"{unit}.py": f"def f():\n\n    {longest}\n".encode()})


@pytest.mark.parametrize("unit", UNITS)
def test_source_is_kept_without_outputs(unit):
    code = [cell for cell in source_cells(unit) if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.parametrize("unit", UNITS)
def test_every_cell_has_a_readable_id_of_its_own(unit):
    ids = [cell.get("id", "none") for cell in source_cells(unit)]
    assert [name for name in ids if not READABLE_ID.fullmatch(name)] == []
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("unit", UNITS)
def test_grade_ids_are_cell_ids(unit):
    named = {cell["id"]: cell["metadata"]["nbgrader"] for cell in source_cells(unit) if "nbgrader" in cell["metadata"]}
    assert named
    assert {name: metadata["grade_id"] for name, metadata in named.items()} == {name: name for name in named}


@pytest.mark.parametrize("unit", UNITS)
def test_every_grade_cell_is_worth_points_and_shows_what_it_tests(unit):
    grade_cells = [cell for cell in released_cells(unit).values() if cell["metadata"].get("nbgrader", {}).get("grade")]
    assert grade_cells
    for cell in grade_cells:
        assert cell["metadata"]["nbgrader"]["points"] > 0, cell["id"]
        assert "".join(cell["source"]).strip(), cell["id"]


@pytest.mark.parametrize("unit", UNITS)
def test_every_graded_exercise_has_a_solution_and_every_solution_a_grade(unit):
    cells = [cell["metadata"]["nbgrader"] for cell in source_cells(unit) if "nbgrader" in cell["metadata"]]
    solutions = {cell["grade_id"] for cell in cells if cell["solution"]}
    graded = {cell["grade_id"] for cell in cells if cell["grade"]}
    owner = {name: [s for s in solutions if name == s or name.startswith(f"{s}-")] for name in graded}
    assert [name for name, owners in owner.items() if not owners] == []
    assert solutions == {max(owners, key=len) for owners in owner.values()}


@pytest.mark.parametrize("unit", UNITS)
def test_students_get_every_cell_but_the_instructors(unit):
    kept = [cell["id"] for cell in source_cells(unit) if "instructor" not in cell["metadata"].get("tags", [])]
    assert list(released_cells(unit)) == kept
