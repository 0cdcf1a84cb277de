"""A course, its honest students and its attackers; what is true of the machine before and after they are graded."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.attacks import attack as attacks
from tests.attacks.attack import MARK, Attack
from tests.attacks.course import RIGHT, Course

HONEST = ("a-honest", "honest", "x-f-honest", "x-m-honest", "x-r-honest", "y-honest", "z-z-honest")
"""Names that come before, between and after those of the attackers."""

_OWN_CELL = """
import os

probe = np.array([2.0, 4.0, 9.0])
print("{name}:", "{mark}")
print(standardize(probe).round(6).tolist(), spread(probe), halve(probe).tolist())
print(sorted(os.listdir()), np.allclose(1, 2), torch.equal(torch.ones(1), torch.zeros(1)), abs(-3), 1.5 == 2.5)
"""

_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/home", "/root")


def honest_output(course: Course, name: str) -> str:
    """What the cell that honest students add prints, if nobody has meddled."""
    facts = "['helpers.py'] False False 3 False"
    return f"{name}: {course.secrets.neighbour}\n[-1.019049, -0.339683, 1.358732] 7.0 [1.0, 2.0, 4.5]\n{facts}\n"


def hand_in_everything(course: Course, attackers: Iterable[Attack], places: Mapping[str, str]) -> None:
    """Put the submissions of honest students and attackers into the course."""
    for name in HONEST:
        own = _OWN_CELL.format(name=name, mark=course.secrets.neighbour).strip()
        attacks.write(course, name, RIGHT | {"explain": "Because of the sum."}, [("end", own)])
    for attacker in attackers:
        attacks.hand_in(course, attacker, places)


class Telephone:
    """Listens on the machine's own addresses, and counts who calls. No student's code may get through."""

    def __init__(self, folder: Path):
        self.calls = 0
        self._abstract = f"{MARK}-{os.getpid()}"
        self._path = folder / "s"
        self._listeners = []
        internet = socket.create_server(("127.0.0.1", 0))
        self._port = internet.getsockname()[1]
        self._listeners.append(internet)
        for address in (f"\0{self._abstract}", str(self._path)):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(address)
            listener.listen()
            self._listeners.append(listener)
        for listener in self._listeners:
            threading.Thread(target=self._answer, args=(listener,), daemon=True).start()

    @property
    def places(self) -> dict[str, str]:
        return {"PORT": str(self._port), "ABSTRACT": self._abstract, "SOCKET": str(self._path)}

    def close(self) -> None:
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._path.unlink()

    def _answer(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()


def marked_files(*folders: Path) -> list[Path]:
    """Files with the attackers' mark: anywhere below `folders`, and in folders where a note could be left."""
    found = [path for folder in folders for path in folder.rglob(f"*{MARK}*")]
    for folder in _FOLDERS:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found += [Path(folder, name) for name in names if name.startswith(f"{MARK}-")]
    return sorted(set(found))


def files_below(folder: Path) -> set[str]:
    """All files, links and other entries that are no folders, relative to `folder`."""
    found = set()
    for place, folders, names in os.walk(folder):
        entries = names + [name for name in folders if os.path.islink(os.path.join(place, name))]
        found |= {os.path.relpath(os.path.join(place, name), folder) for name in entries}
    return found
