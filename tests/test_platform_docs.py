"""The pages on platforms: links lead somewhere, versions and menus are the kit's, addresses come from one setting."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml
from packaging.requirements import Requirement

from autograder.publish import Publish, PublishError
from autograder.published_docs import NOT_PUBLISHED, write
from course.kit import frontend, passed, setup
from tests.notebooks import ROOT, cell, source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGES = {file.stem: file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("docs/platforms/*.md"))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDS = {Requirement(text).name: Requirement(text).specifier for text in PROJECT["project"]["dependencies"]}
UNITS = sorted(file.parent.name for file in ROOT.glob("source/*/*.ipynb"))


@pytest.fixture
def clone(tmp_path):
    """What the generated places of the documentation depend on."""
    for name in ("docs/platforms", "release"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def publish(clone, setting):
    text = (clone / "pyproject.toml").read_text(encoding="utf-8")
    (clone / "pyproject.toml").write_text(
        re.sub(r'published = ".*"', f'published = "{setting}"', text), encoding="utf-8"
    )


def test_there_is_a_page_for_each_platform_with_the_same_questions_answered():
    assert set(PAGES) == {"binder", "colab", "jupyterlab", "kaggle", "vscode"}
    questions = ["Open", "First cell", "GPU", "Files", "What differs", "Hand in", "Traps"]
    for name, page in PAGES.items():
        assert re.findall(r"^\*\*(.+?)\.\*\*", page, re.MULTILINE) == questions, name


@pytest.mark.parametrize("document", ["README.md", "docs/student-guide.md"])
def test_readers_are_led_to_every_page(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for name in PAGES:
        assert f"platforms/{name}.md)" in text


def test_every_link_to_a_file_leads_to_one():
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = []
    for document in documents:
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
            place = target.partition("#")[0]
            if place and "://" not in place and not (document.parent / place).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []


def test_the_versions_that_pages_name_are_the_kits_and_the_packages():
    assert frontend.BLANK_IN_VS_CODE not in NEEDS["ipywidgets"]
    oldest = {need.distribution: need.minimum for need in setup.NEEDS}
    named = {name: set(re.findall(r"\d+\.\d+(?:\.\d+)?", page)) for name, page in PAGES.items()}
    assert named.pop("vscode") == {frontend.BLANK_IN_VS_CODE, setup._GOOD}
    assert named.pop("colab") == {oldest["ipywidgets"], oldest["ipython"]}
    assert set().union(*named.values()) == set()
    assert f"ipywidgets {frontend.BLANK_IN_VS_CODE} draws nothing" in PAGES["vscode"]
    assert f"`%pip install ipywidgets=={setup._GOOD}`" in PAGES["vscode"]
    assert f"ipywidgets ({oldest['ipywidgets']}) and IPython ({oldest['ipython']}) are the oldest" in PAGES["colab"]
    for distribution, version in oldest.items():
        assert f">={version}" in str(NEEDS[distribution]).split(",")


@pytest.mark.parametrize(("page", "platform"), [("colab", "Colab"), ("kaggle", "Kaggle")])
def test_a_page_and_the_set_up_cell_name_the_same_menu_and_warn_of_the_same(page, platform):
    menu = re.search(r"(\w+ → [\w ]+) gives you one", setup._no_gpu(platform, "torch 2 on CPU"))[1]
    assert f"*{menu}*" in PAGES[page]
    assert re.search(r"upgrade ipywidgets, IPython", PAGES[page])


def test_the_learners_file_and_the_environment_are_called_what_they_are_called():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert f"`conda activate {environment['name']}`" in PAGES["jupyterlab"]
    for name in ("binder", "colab", "jupyterlab", "kaggle"):
        assert passed.NAME in PAGES[name]
    assert passed.NAME in (ROOT / "docs/student-guide.md").read_text(encoding="utf-8")


def test_what_is_generated_is_what_stands_there(clone):
    files = write(clone)
    assert sorted(file.name for file in files) == ["README.md", "binder.md", "colab.md", "kaggle.md"]
    for file in files:
        committed = ROOT / file.relative_to(clone)
        assert file.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8"), "run `make release`"


def test_one_setting_fills_every_document_and_emptying_it_empties_them(clone):
    before = {file: file.read_bytes() for file in write(clone)}
    publish(clone, "ada/course@v1.2")
    write(clone)
    readme = (clone / "README.md").read_text(encoding="utf-8")
    assert NOT_PUBLISHED not in readme
    for notebook in clone.glob("release/*/*.ipynb"):
        path = notebook.relative_to(clone).as_posix()
        assert f"https://colab.research.google.com/github/ada/course/blob/v1.2/{path}" in readme
        assert f"https://kaggle.com/kernels/welcome?src=https://github.com/ada/course/blob/v1.2/{path}" in readme
        assert f"https://mybinder.org/v2/gh/ada/course/v1.2?labpath={path}" in readme
    assert "| 03 Subtract the maximum | [03 Subtract the maximum in Colab](" in readme
    kaggle = (clone / "docs/platforms/kaggle.md").read_text(encoding="utf-8")
    assert kaggle.count("kaggle.com/kernels") == len(UNITS)
    assert "mybinder" not in kaggle
    publish(clone, "")
    assert {file: file.read_bytes() for file in write(clone)} == before


def test_a_setting_or_a_platform_that_makes_no_sense_changes_no_document(clone):
    publish(clone, "somewhere")
    before = (clone / "README.md").read_bytes()
    with pytest.raises(PublishError, match="must look like 'owner/repository@tag'"):
        write(clone)
    assert (clone / "README.md").read_bytes() == before
    publish(clone, "ada/course@v1.2")
    (clone / "README.md").write_text("<!-- published: Mars -->\n<!-- /published -->\n", encoding="utf-8")
    with pytest.raises(PublishError, match="no address is known for Mars; there are Colab, Kaggle, Binder"):
        write(clone)


@pytest.mark.parametrize("unit", UNITS)
def test_the_setting_reaches_badges_and_set_up_cell_of_every_notebook(unit):
    (name,) = (file.stem for file in ROOT.glob(f"source/{unit}/*.ipynb"))
    names = {"nbgrader": {"assignment": unit, "notebook": name}}
    path = f"release/{unit}/{name}.ipynb"
    notebook, _ = Publish(published="ada/course@v1.2").preprocess(source(unit), names)
    badges = cell(notebook, "badges").source
    assert len(re.findall(r"^\[!\[Open in \w+\]\(https://\S+\)\]\(https://\S+\)$", badges, re.MULTILINE)) == 3
    assert badges.count(path) == 3
    assert cell(notebook, "setup").source == setup.setup_cell(unit, "ada/course@v1.2")
    unpublished, _ = Publish(published="").preprocess(source(unit), names)
    assert cell(unpublished, "setup").source == setup.setup_cell(unit)
    assert "\n" not in cell(unpublished, "badges").source
    assert "set `published`" in cell(unpublished, "badges").source


def test_the_release_command_writes_the_documents_too():
    rule = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nrelease:")[2].partition("\n\n")[0]
    assert "autograder.published_docs" in rule


def test_the_command_says_a_wrong_setting_in_a_line(clone):
    shutil.copytree(ROOT / "autograder", clone / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    publish(clone, "somewhere")
    command = [sys.executable, "-m", "autograder.published_docs"]
    done = subprocess.run(command, cwd=clone, env={"PYTHONPATH": f"{clone}:{ROOT}"}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "published is 'somewhere'; it must look like 'owner/repository@tag'\n"
