"""Files that nobody can or should read: too large, too many, too deep, broken, or with names that are traps."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.attacks.attack import Attack
from tests.attacks.course import FULL, NOTEBOOK, RIGHT

FAMILY = "files that harm the grader"
HOLDS = "The submission's reader refuses, with a reason, what is too large, too deep or no plain file."


def _replaced(content: bytes, repeat: int = 1):
    def mess(folder: Path, places: Mapping[str, str]) -> None:
        with (folder / f"{NOTEBOOK}.ipynb").open("wb") as file:
            for _ in range(repeat):
                file.write(content)

    return mess


def _hole(folder: Path, places: Mapping[str, str]) -> None:
    with (folder / f"{NOTEBOOK}.ipynb").open("wb") as file:
        file.truncate(100 << 20)


def _deep_folders(folder: Path, places: Mapping[str, str]) -> None:
    for number in range(60):
        folder = folder / f"level-{number}"
    folder.mkdir(parents=True)
    (folder / "data.txt").write_text("deep", encoding="utf-8")


def _many_files(folder: Path, places: Mapping[str, str]) -> None:
    for number in range(2_000):
        (folder / f"{number}.txt").touch()


def _strange_names(folder: Path, places: Mapping[str, str]) -> None:
    for name in (b"\xff\xfe.txt", b"a\nb.txt", b"\x1b[2J.txt", b"-rf", b"x" * 250, b"..data", b"<script>.txt"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(b"x")


def _folders_as_files(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "helpers.py").unlink()
    for name in ("helpers.py", "timestamp.txt", "feedback", f"{NOTEBOOK}.html"):
        (folder / name).mkdir()
        (folder / name / "data.txt").write_text("data", encoding="utf-8")


def _timestamp(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "timestamp.txt").write_text("1970-01-01 <script>evil.example</script>\n" * 1000, encoding="utf-8")


def _million_cells(notebook) -> None:
    notebook["cells"] += [{**notebook["cells"][0], "id": f"n{number}"} for number in range(30_000)]


def _file(name: str, tries: str, **more) -> Attack:
    return Attack(name=name, tries=tries, stopped_by=more.pop("stopped_by", ()), **more)


_WHOLE = {"cells": RIGHT, "honest": FULL, "least": FULL}

ATTACKS = [
    _file("huge-notebook", "Hands in a notebook of 100 MB.", mess=_hole, reason="large|MB"),
    _file(
        "nested-notebook",
        "Hands in JSON that is nested a million deep.",
        mess=_replaced(b'{"cells":[', 200_000),
        reason="JSON|nested|deep",
    ),
    _file(
        "no-json",
        "Hands in something else under the notebook's name.",
        mess=_replaced(b"\x80\x04PK\0" * 100),
        reason="JSON|text",
    ),
    _file(
        "list-notebook",
        "Hands in a list of numbers that do not exist.",
        mess=_replaced(b"[NaN, Infinity]"),
        reason="notebook|JSON",
    ),
    _file("many-cells", "Adds thirty thousand cells.", damage=_million_cells, cells=RIGHT, honest=FULL, reason="cells"),
    _file("many-files", "Hands in two thousand files.", mess=_many_files, **_WHOLE),
    _file("deep-folders", "Hands in folders sixty deep.", mess=_deep_folders, **_WHOLE),
    _file("strange-names", "Hands in files whose names no program expects.", mess=_strange_names, **_WHOLE),
    _file("folders-as-files", "Hands in folders with the names of files.", mess=_folders_as_files, **_WHOLE),
    _file("timestamp", "Hands in a time of handing in that is none.", mess=_timestamp, **_WHOLE),
]
