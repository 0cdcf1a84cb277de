"""Writes the addresses of the published notebooks into the documentation: `python -m autograder.published_docs`.

They go between a line `<!-- published: Colab, Binder -->`, which names the platforms, and a line `<!-- /published -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from autograder.publish import PublishError, addresses, published_setting

DOCUMENTS = ("README.md", "docs/platforms/*.md")
"""Patterns of the files that may have such a place, below the repository's root."""

NOT_PUBLISHED = (
    "*This course is not published yet, so there are no links here. (For its maintainers: set `published` under\n"
    "`[tool.stable-exponentials]` in `pyproject.toml` and run `make release`.)*"
)

_PLACE = re.compile(
    r"(?P<begin><!-- published: (?P<platforms>[\w, ]+) -->\n).*?(?P<end><!-- /published -->)", re.DOTALL
)


def write(root: Path) -> list[Path]:
    """Fill in every such place below `root`, from the setting and the notebooks in release/ there.

    Returns:
        The files that have one.

    Raises:
        PublishError: where the setting or a platform's name cannot be used; nothing is written then.
    """
    published = published_setting(root)
    texts = {file: file.read_text(encoding="utf-8") for pattern in DOCUMENTS for file in sorted(root.glob(pattern))}
    filled = {}
    for file, text in texts.items():
        if _PLACE.search(text):
            filled[file] = _PLACE.sub(lambda place: _filled(place, published, root), text)
    for file, text in filled.items():
        file.write_text(text, encoding="utf-8")
    return list(filled)


def _filled(place: re.Match, published: str, root: Path) -> str:
    return f"{place['begin']}{links(published, place['platforms'].split(', '), root)}\n{place['end']}"


def links(published: str, platforms: list[str], root: Path) -> str:
    """Markdown: a table of the units with a link for each platform, or how to get one while there is none."""
    if not published:
        return NOT_PUBLISHED
    rows = [f"| unit | {' | '.join(platforms)} |", f"|---|{'---|' * len(platforms)}"]
    for file in sorted(root.glob("release/*/*.ipynb")):
        opened = addresses(published, file.relative_to(root).as_posix())
        unknown = [platform for platform in platforms if platform not in opened]
        if unknown:
            raise PublishError(f"no address is known for {', '.join(unknown)}; there are {', '.join(opened)}")
        name = f"{file.parent.name[:2]} {_title(file)}"
        cells = (f"[{name} in {platform}]({opened[platform]})" for platform in platforms)
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _title(file: Path) -> str:
    """The notebook's heading."""
    first = nbformat.read(file, as_version=4).cells[0].source
    return first.partition("\n")[0].lstrip("# ")


if __name__ == "__main__":
    try:
        write(Path(__file__).resolve().parents[1])
    except PublishError as error:
        sys.exit(str(error))
