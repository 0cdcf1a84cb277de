"""What a Python statement does to a namespace: the names that it binds, needs, and may change in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Effects:
    """What a statement does to a namespace. Names that begin with `@` are resources, such as a random generator."""

    binds: frozenset[str] = frozenset()
    """Names that it may bind or delete."""

    surely: frozenset[str] = frozenset()
    """Those of them that are certain to be another object afterwards."""

    changes: frozenset[str] = frozenset()
    """Names whose object it may change in place."""

    loads: frozenset[str] = frozenset()
    """Names that it needs at once."""

    later: frozenset[str] = frozenset()
    """Names that functions defined in it need when they are called."""

    aliases: frozenset[tuple[str, str]] = frozenset()
    """Pairs of names that may share an object afterwards."""

    star: bool = False
    """Whether it binds names that cannot be read off it."""

    unseeded: bool = False
    """Whether it uses random numbers that no seed reaches."""

    imported: Mapping[str, str] = field(default_factory=dict)
    """Dotted names of what it imports, by the name it is bound to."""


@dataclass(frozen=True)
class Summary:
    """What a call of a function does, seen from outside."""

    parameters: tuple[str, ...]
    effects: Effects


@dataclass
class Known:
    """What the instructor's cells of a notebook import and define."""

    imports: dict[str, str] = field(default_factory=dict)
    """Dotted names by the name that they are imported as."""

    functions: dict[str, Summary] = field(default_factory=dict)

    methods: dict[str, Summary] = field(default_factory=dict)
    """Of all classes together; the parameters include `self`."""


def closure(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> set[str]:
    """The names, and all that are connected to one of them by pairs."""
    pairs = list(pairs)
    reached, frontier = set(names), set(names)
    while frontier:
        frontier = {b for pair in pairs for a, b in (pair, pair[::-1]) if a in frontier} - reached
        reached |= frontier
    return reached
