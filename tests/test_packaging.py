"""What is installed: ranges, pins, the conda environment and the files around them agree with each other."""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
CONDA_NAMES = {"torch": "pytorch"}
NOT_OURS = {
    ".git",
    ".venv",
    ".venv-colab",
    "build",
    "__pycache__",
    ".ipynb_checkpoints",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(text) for text in texts] for name, texts in PROJECT["optional-dependencies"].items()}
ALL = [*RUNTIME, *(requirement for extra in EXTRAS.values() for requirement in extra)]


def constraint_lines() -> list[str]:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, constraint_lines())}


def repository_files() -> list[Path]:
    """The repository's own files: what git tracks or would track, or, without git, all but what tools left."""
    if shutil.which("git") and (REPOSITORY / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode()
        return [REPOSITORY / name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]
    files = [file for file in REPOSITORY.rglob("*") if file.is_file() and not file.is_symlink()]
    return [file for file in files if not NOT_OURS & set(file.relative_to(REPOSITORY).parts)]


@pytest.mark.parametrize("requirement", [one for one in ALL if one.name != "tomli"], ids=str)
def test_every_requirement_is_pinned_within_its_range(requirement):
    (pin,) = PINS[canonicalize_name(requirement.name)].specifier
    assert pin.operator == "=="
    assert requirement.specifier.contains(pin.version)


def test_pins_are_exact_and_name_no_place_to_download_from():
    for line in constraint_lines():
        assert re.fullmatch(r'[\w.-]+==[\w.]+( ; (python_version >= "3\.\d+"|sys_platform == "linux"))?', line), line


def test_torch_is_pinned_to_a_release_that_every_build_of_it_satisfies():
    (pin,) = PINS["torch"].specifier
    assert "+" not in pin.version
    assert SpecifierSet(str(pin)).contains(f"{pin.version}+cpu")


def test_what_is_installed_is_what_is_pinned():
    for name, pin in PINS.items():
        if pin.marker is None or pin.marker.evaluate():
            assert pin.specifier.contains(metadata.version(name)), name


@pytest.mark.parametrize("python", PYTHONS)
def test_no_pin_shuts_out_a_supported_python(python):
    shut_out = []
    for name, pin in PINS.items():
        if pin.marker is None or pin.marker.evaluate({"python_version": python}):
            needs = metadata.metadata(name).get("Requires-Python") or ""
            if pin.specifier.contains(metadata.version(name)) and not SpecifierSet(needs).contains(f"{python}.0"):
                shut_out.append(name)
    assert shut_out == []


def test_ipywidgets_that_shows_nothing_in_an_editor_is_excluded():
    (widgets,) = (requirement for requirement in RUNTIME if requirement.name == "ipywidgets")
    assert "8.1.9" not in widgets.specifier
    assert "7.7.1" in widgets.specifier
    assert "8.1.8" in widgets.specifier


def test_the_conda_environment_has_the_ranges_of_pyproject():
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))
    conda = {
        Requirement(entry).name: Requirement(entry)
        for entry in environment["dependencies"]
        if entry != "pip" and isinstance(entry, str)
    }
    expected = {CONDA_NAMES.get(one.name, one.name): one.specifier for one in [*RUNTIME, *EXTRAS["instructor"]]}
    assert {name: one.specifier for name, one in conda.items() if name != "python"} == expected
    assert "3.9" not in conda["python"].specifier
    assert all(f"{version}.1" in conda["python"].specifier for version in PYTHONS)
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}


def test_pyproject_asks_for_the_oldest_supported_python():
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_no_file_is_larger_than_a_mebibyte():
    files = repository_files()
    assert REPOSITORY / "pyproject.toml" in files
    assert [file for file in files if file.stat().st_size > 2**20] == []


def test_no_file_names_a_place_on_one_machine():
    # The sandbox's home is made up: it is the same on every machine, and on none outside the sandbox.
    places = re.compile(rb"(?<![\w.])/(?:home(?!/student)|root|Users|work)/\w")
    files = [file for file in repository_files() if file != Path(__file__).resolve()]
    assert [file for file in files if places.search(file.read_bytes())] == []


def test_both_licences_are_named():
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "BSD 3-Clause" in text
    assert "CC BY 4.0" in text
