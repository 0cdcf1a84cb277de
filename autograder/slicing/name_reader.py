"""Reads names off syntax trees: bound, needed at once, needed later, shared."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograder.slicing import library_effects as library
from autograder.slicing.effects import Known

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The dotted names of what a statement imports, by the name that each is bound to."""
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
    module = "." * node.level + (node.module or "")
    return {a.asname or a.name: f"{module}.{a.name}" for a in node.names if a.name != "*"}


def _root(node: ast.expr) -> str | None:
    """The name at the left end of `a.b[0].c()`."""
    while True:
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            return node.id if isinstance(node, ast.Name) else None


class NameReader(ast.NodeVisitor):
    """Collects what a statement does to names; what calls do is for a subclass to say."""

    def __init__(self, known: Known):
        self.binds: set[str] = set()
        self.unsure: set[str] = set()
        self.changes: set[str] = set()
        self.loads: set[str] = set()
        self.later: set[str] = set()
        self.declared: set[str] = set()
        self.aliases: set[tuple[str, str]] = set()
        self.imported: dict[str, str] = {}
        self.star = False
        self.unseeded = False
        self.known = known
        self._local: frozenset[str] = frozenset()

    # Names

    def visit_Name(self, node):
        if node.id in self._local:
            return
        if isinstance(node.ctx, ast.Load):
            self.loads.add(node.id)
            if node.id in self.known.imports:
                self.later.add(library.settings_of(self.known.imports[node.id]))
        else:
            self.binds.add(node.id)
            if isinstance(node.ctx, ast.Del):
                self.loads.add(node.id)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        self.binds.add(node.target.id)
        self._alias([node.target], node.value)

    def visit_Global(self, node):
        self.declared.update(node.names)

    def visit_MatchAs(self, node):
        self.binds.update({node.name} - {None})
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815

    def visit_MatchMapping(self, node):
        self.binds.update({node.rest} - {None})
        self.generic_visit(node)

    def visit_ExceptHandler(self, node):
        self.binds.update({node.name} - {None})
        self.generic_visit(node)

    def visit_Import(self, node):
        found = imported(node)
        self.imported.update(found)
        self.binds.update(found)
        # An import always binds the same thing, so what else needs it does not matter.
        self.later.add(library.IMPORTS)
        self.later.update(library.settings_of(path) for path in found.values())
        self.star = self.star or any(alias.name == "*" for alias in node.names)

    visit_ImportFrom = visit_Import  # noqa: N815

    # Stores into objects

    def visit_Attribute(self, node):
        if not isinstance(node.ctx, ast.Load):
            self.change(node)
        self.visit(node.value)

    def visit_Subscript(self, node):
        if not isinstance(node.ctx, ast.Load):
            self.change(node)
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        self.visit(node.target)
        self.visit(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self._local:
            self.loads.add(node.target.id)
            self.changes.add(node.target.id)

    def visit_Assign(self, node):
        self.generic_visit(node)
        self._alias(node.targets, node.value)

    def visit_AnnAssign(self, node):
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
            self._alias([node.target], node.value)

    def visit_For(self, node):
        self.visit_If(node)
        self._alias([node.target], node.iter)

    def visit_If(self, node):
        before = set(self.binds)
        self.generic_visit(node)
        self.unsure |= self.binds - before

    visit_While = visit_Try = visit_TryStar = visit_Match = visit_If  # noqa: N815

    def visit_withitem(self, node):
        self.generic_visit(node)
        if node.optional_vars is not None:
            self._alias([node.optional_vars], node.context_expr)

    # Scopes

    def visit_FunctionDef(self, node):
        self.binds.add(node.name)
        self._visit_all([*node.decorator_list, *_annotations(node.args), node.returns])
        self._later(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node):
        self._later(node)

    def visit_ClassDef(self, node):
        self._visit_all([*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)])
        before = set(self.binds)
        self._visit_all(node.body)
        self.binds = before | {node.name}

    def visit_ListComp(self, node):
        outer = self._local
        targets = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self.visit(node.generators[0].iter)
        self._local = outer | targets
        self.generic_visit(node)
        self._local = outer

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    # For the subclass

    def names_in(self, function: Function) -> frozenset[str]:
        """The names from outside that a function needs when it is called."""
        raise NotImplementedError

    def change(self, node: ast.expr) -> None:
        """Note that the object which an expression leads to may be changed."""
        name = _root(node)
        if name is None or name in self._local:
            return
        if name in self.known.imports:
            path = self.path_of(node) or self.known.imports[name]
            # Only a store reaches a module: what is called on it is told apart by `_resources`.
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                self.changes.update({name, library.settings_of(path)})
                self.changes.update({library.sets_module(path)} - {None})
            return
        self.changes.add(name)

    def path_of(self, node: ast.expr) -> str | None:
        """The dotted name of something imported."""
        if isinstance(node, ast.Subscript):
            return self.path_of(node.value)
        if isinstance(node, ast.Attribute):
            before = self.path_of(node.value)
            return before and f"{before}.{node.attr}"
        return self.known.imports.get(node.id) if isinstance(node, ast.Name) else None

    def _later(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self._visit_all([*function.args.defaults, *function.args.kw_defaults])
        self.later |= self.names_in(function) - self._local

    def _alias(self, targets: Iterable[ast.expr], value: ast.expr) -> None:
        names = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        self.aliases |= {(a, b) for a in names for b in _sources(value) if a != b}

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)


def _sources(value: ast.expr) -> set[str]:
    """Names whose objects the value may hold on to."""
    if isinstance(value, ast.Call):
        name = getattr(value.func, "attr", getattr(value.func, "id", ""))
        if name in library.VIEWS or name[:1].isupper():
            parts = [*value.args, *(keyword.value for keyword in value.keywords)]
            receiver = [value.func.value] if isinstance(value.func, ast.Attribute) else []
            return set().union(*(_sources(part) for part in [*parts, *receiver]))
        return set()
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        return set().union(*(_sources(element) for element in value.elts))
    if isinstance(value, ast.Dict):
        return set().union(*(_sources(element) for element in value.values))
    if isinstance(value, ast.IfExp):
        return _sources(value.body) | _sources(value.orelse)
    return {_root(value)} - {None}


def _annotations(arguments: ast.arguments) -> list[ast.expr | None]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [a.annotation for a in every if a is not None]
