"""Reads the effects of Python statements off their syntax trees, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from autograder.slicing import library_effects as library
from autograder.slicing.cell_code import read
from autograder.slicing.effects import Effects, Known, Summary, closure
from autograder.slicing.name_reader import Function, NameReader, imported

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

_LONGEST = 50_000
"""Characters of a student's cell."""

_SURE = (
    ast.Assign,
    ast.AnnAssign,
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Expr,
    ast.With,
    ast.Delete,
)


def learn(known: Known, statements: Iterable[ast.stmt]) -> None:
    """Add what the statements import and define."""
    statements = list(statements)
    nodes = [node for statement in statements for node in ast.walk(statement)]
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            known.imports.update(imported(node))
    # What a function does depends on the functions that it calls: three rounds reach three calls deep.
    for _ in range(3):
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                _learn_class(known, node)
        for node in (block for statement in statements for block in _blocks(statement)):
            if isinstance(node, _FUNCTIONS):
                known.functions[node.name] = _summary(node, known)


def _learn_class(known: Known, node: ast.ClassDef) -> None:
    for method in node.body:
        if isinstance(method, _FUNCTIONS):
            summary = _summary(method, known)
            if method.name in ("__init__", "__post_init__"):
                known.functions[node.name] = Summary(summary.parameters[1:], summary.effects)
            else:
                known.methods[method.name] = summary


def effects_of(statement: ast.stmt, known: Known, *, shown: bool = False, cautious: bool = True) -> Effects:
    """Read one statement.

    Args:
        shown: whether its value is displayed, as that of the last expression of a cell: it is there to be looked at.
        cautious: whether a function of which nothing is known, called for no value, counts as changing its arguments.
    """
    reader = _Reader(known, shown, cautious)
    reader.visit(statement)
    surely = reader.binds - reader.unsure if isinstance(statement, _SURE) else set()
    return Effects(
        *(frozenset(names) for names in (reader.binds, surely, reader.changes, reader.loads, reader.later)),
        frozenset(reader.aliases),
        reader.star,
        reader.unseeded,
        reader.imported,
    )


@lru_cache(maxsize=4096)
def names_in_text(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The global names that a student's cell needs, at once or in its functions, and those that it binds other than by
    an import. Text that is no Python, or far too long for a person to have written, has none."""
    if len(source) > _LONGEST:
        return frozenset(), frozenset()
    known = Known()
    try:
        every = [effects_of(statement, known) for statement in read(source).statements]
    except RecursionError:
        return frozenset(), frozenset()
    loaded = frozenset().union(*(effects.loads | effects.later for effects in every))
    return loaded, frozenset().union(*(effects.binds - effects.imported.keys() for effects in every))


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statement and those that stand in its blocks, but not in functions and classes."""
    yield statement
    if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                yield from _blocks(child)


def _summary(function: Function, known: Known) -> Summary:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    parameters = tuple(argument.arg for argument in every)
    reader = _Reader(known, False, False)
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    for node in body:
        reader.visit(node)
    names = {a.arg for a in (*every, *extra)}
    local = (reader.binds - reader.declared - library.GENERATORS) | names
    changes = closure(reader.changes, reader.aliases) - (local - set(parameters))
    outside = reader.binds - local
    return Summary(
        parameters,
        Effects(
            binds=frozenset(outside & library.GENERATORS),
            changes=frozenset(changes | (outside - library.GENERATORS)),
            loads=frozenset((reader.loads | reader.later) - local),
            unseeded=reader.unseeded,
        ),
    )


class _Reader(NameReader):
    """Adds what calls do besides giving a value."""

    def __init__(self, known: Known, shown: bool, cautious: bool):
        super().__init__(known)
        self._shown = shown
        self._cautious = cautious

    def names_in(self, function: Function) -> frozenset[str]:
        """The names from outside that a function needs when it is called."""
        return _summary(function, self.known).effects.loads

    def visit_Expr(self, node):  # noqa: N802
        if isinstance(node.value, ast.Call):
            path = self.path_of(node.value.func)
            if path is not None:
                self.changes.update({library.sets_module(path, not self._shown)} - {None})
            self._call(node.value, discarded=not self._shown)
            self.generic_visit(node.value)
        else:
            self.visit(node.value)

    def visit_Call(self, node):  # noqa: N802
        self._call(node, discarded=False)
        self.generic_visit(node)

    def _call(self, call: ast.Call, *, discarded: bool) -> None:
        path = self.path_of(call.func)
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        self._resources(call, path, name)
        for given in library.generators_given(call):
            self.change(given)
        if path is None and isinstance(call.func, ast.Attribute):
            summary = self.known.methods.get(name)
            receiver = summary.parameters[:1] if summary else ()
            if discarded or library.changes_first_argument(name) or name in library.MUTATORS:
                self.change(call.func.value)
            if summary:
                self._apply(summary, dict(zip(summary.parameters, (call.func.value, *call.args), strict=False)))
                if set(receiver) & summary.effects.changes:
                    self.change(call.func.value)
            return
        summary = self.known.functions.get(name) if path is None else None
        if summary:
            self._apply(summary, {**dict(zip(summary.parameters, call.args, strict=False)), **_keywords(call)})
        elif library.changes_first_argument(name) or (
            discarded and self._cautious and not library.only_shows(path, name)
        ):
            for argument in (*call.args, *_keywords(call).values()):
                self.change(argument)

    def _resources(self, call: ast.Call, path: str | None, name: str) -> None:
        self.binds.update(library.seeded_by(path))
        drawn = library.drawn_by(path, name, call)
        if drawn:
            self.loads.add(drawn)
            self.changes.add(drawn)
        self.unseeded = self.unseeded or library.is_unseeded(path, call)
        if library.reads_files(name):
            self.later.add(library.FILES)
        if library.writes_files(name, call):
            self.changes.add(library.FILES)

    def _apply(self, summary: Summary, arguments: Mapping[str, ast.expr]) -> None:
        """Take over what a call of a function of the notebook does."""
        effects = summary.effects
        for parameter, argument in arguments.items():
            if parameter in effects.changes:
                self.change(argument)
        self.changes |= effects.changes - set(summary.parameters)
        self.binds |= effects.binds
        self.loads |= effects.loads & library.GENERATORS
        self.unseeded = self.unseeded or effects.unseeded


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
