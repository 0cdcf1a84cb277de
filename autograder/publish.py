"""What a release needs beyond nbgrader's own steps: three preprocessors for `GenerateAssignment.preprocessors`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from nbgrader import utils
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor
from traitlets import Unicode, validate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

INSTRUCTOR_TAG = "instructor"
"""Cells with this tag, such as rubrics, stay with the instructor."""

BADGES_ID = "badges"
SETUP_ID = "setup"

_SETTING = re.compile(r"(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)@(?P<tag>[\w.-]+)")
_FORM = "published is {!r}; it must look like 'owner/repository@tag'"
_PUBLISHED_LINE = re.compile(r'^PUBLISHED = "[^"\n]*"', re.MULTILINE)
_PLACEHOLDER = re.compile(r"(?:#.*\n)*\w+ *= *\S")

_BADGES = {
    "Colab": "https://colab.research.google.com/assets/colab-badge.svg",
    "Kaggle": "https://kaggle.com/static/images/open-in-kaggle.svg",
    "Binder": "https://mybinder.org/badge_logo.svg",
}
"""The picture of each platform's badge."""

_NOTEBOOK_METADATA = ("kernelspec", "language_info")
_KERNEL_KEYS = ("display_name", "language", "name")
_CELL_METADATA = ("deletable", "editable", "jupyter", "nbgrader", "tags")


class PublishError(ValueError):
    """An instructor notebook or a setting from which no release can be made; the message says what to change."""


def release_steps(stock: list) -> list:
    """nbgrader's own release steps `stock` with ours in their places."""
    after = stock.index(ClearSolutions) + 1
    return [Publish, *stock[:after], KeepPlaceholders, *stock[after:], Normalise]


def published_setting(folder: Path | str) -> str:
    """The course's `published` setting, from the nearest pyproject.toml at or above `folder`.

    Returns:
        `"owner/repository@tag"`, or an empty string where the course is not published.
    """
    folder = Path(folder).resolve()
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
            if "stable-exponentials" in table:
                return table["stable-exponentials"].get("published", "")
    return ""


def badges(published: str, path: str) -> str:
    """Markdown of the badges cell.

    Args:
        published: `"owner/repository@tag"` or an empty string.
        path: the released notebook, relative to the repository's root, with forward slashes.
    """
    if not published:
        return (
            "*No Colab and Binder buttons here: this course is not published yet. (For its maintainers: set "
            "`published` under `[tool.stable-exponentials]` in `pyproject.toml` and run `make release`.)*"
        )
    opened = addresses(published, path)
    return "\n".join(f"[![Open in {platform}]({_BADGES[platform]})]({opened[platform]})" for platform in _BADGES)


def addresses(published: str, path: str) -> dict[str, str]:
    """By the platform's name, the address that opens a notebook of the published repository there.

    Args:
        published: `"owner/repository@tag"`.
        path: the notebook, relative to the repository's root, with forward slashes.

    Raises:
        PublishError: where `published` is of another form.
    """
    setting = _SETTING.fullmatch(published)
    if not setting:
        raise PublishError(_FORM.format(published))
    owner, repository, tag = setting.group("owner", "repository", "tag")
    file = f"{owner}/{repository}/blob/{tag}/{path}"
    return {
        "Colab": f"https://colab.research.google.com/github/{file}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{file}",
        "Binder": f"https://mybinder.org/v2/gh/{owner}/{repository}/{tag}?labpath={path}",
    }


class Publish(NbGraderPreprocessor):
    """Drops instructor cells and fills in where the course is published. Runs first, so that nbgrader's checksums and
    gradebook see the cells as students do."""

    published = Unicode(
        "", help="Where the course is published, as 'owner/repository@tag', or empty when it is not."
    ).tag(config=True)

    release_path = Unicode(
        "release/{assignment}/{notebook}.ipynb", help="Where a released notebook lies in the published repository."
    ).tag(config=True)

    @validate("published")
    def _validate_published(self, proposal):
        if proposal["value"] and not _SETTING.fullmatch(proposal["value"]):
            raise PublishError(_FORM.format(proposal["value"]))
        return proposal["value"]

    def preprocess(self, nb, resources):
        """Edit `nb` in place; nbconvert's contract."""
        names = resources["nbgrader"]
        nb.cells = [cell for cell in nb.cells if INSTRUCTOR_TAG not in cell.metadata.get("tags", [])]
        for cell in nb.cells:
            if cell.id == BADGES_ID:
                path = self.release_path.format(assignment=names["assignment"], notebook=names["notebook"])
                cell.source = badges(self.published, path)
            elif cell.id == SETUP_ID:
                cell.source, found = _PUBLISHED_LINE.subn(f'PUBLISHED = "{self.published}"', cell.source)
                if self.published and not found:
                    raise PublishError(f'the set-up cell of {names["notebook"]} has no line PUBLISHED = ""')
        return nb, resources


class KeepPlaceholders(NbGraderPreprocessor):
    """Takes nbgrader's stub out again where the instructor wrote a placeholder above the solution.

    `quiz_1 = "?"` followed by a solution region that binds `quiz_1` is released as `quiz_1 = "?"` alone: a stub after
    it would only raise an error at the top level of the cell. Runs right after `ClearSolutions`.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Edit one cell in place; nbconvert's contract."""
        if cell.cell_type == "code" and utils.is_solution(cell):
            stub = "\n" + ClearSolutions(parent=self.parent).code_stub["python"]
            if _PLACEHOLDER.match(cell.source):
                cell.source = cell.source.replace(stub, "")
        return cell, resources


class Normalise(NbGraderPreprocessor):
    """Leaves only the metadata that a student's notebook needs, so that a release depends on its source alone and not
    on the machine or the front end that saved it. Runs last."""

    def preprocess(self, nb, resources):
        """Edit `nb` in place; nbconvert's contract."""
        _keep(nb.metadata, _NOTEBOOK_METADATA)
        if "kernelspec" in nb.metadata:
            _keep(nb.metadata["kernelspec"], _KERNEL_KEYS)
        if "language_info" in nb.metadata:
            _keep(nb.metadata["language_info"], ("name",))
        for cell in nb.cells:
            _keep(cell.metadata, _CELL_METADATA)
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        return nb, resources


def _keep(metadata, names) -> None:
    for name in [name for name in metadata if name not in names]:
        del metadata[name]
