"""The names that code takes from before it, gives a value, and changes in place, found by reading it and running none.

The build reads the chapters' cells with it (chapters/_ext/cell_needs.py), and the page's Python what a reader has
written in their place.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from typing import NamedTuple

BUILTINS = set(dir(builtins)) | {"__name__", "display"}


class Names(NamedTuple):
    """The names that a statement takes from before it, gives a value, and changes in place."""

    used: set[str]
    bound: set[str]
    changed: set[str]


def taken(source: str) -> list[str] | None:
    """The names that a cell takes from the cells above; None if it is no Python.

    >>> taken("y = [x * k for k in range(n)]\\nf(y, key=z.x)"), taken("def")
    (['f', 'n', 'x', 'z'], None)
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    used, bound = set(), set()
    for statement in body:
        names = names_of(statement)
        used |= names.used - bound
        bound |= names.bound
    return sorted(used)


def names_of(statement: ast.stmt) -> Names:
    """The names of a statement.

    >>> found = names_of(ast.parse("y = [x * k for k in range(n)]").body[0])
    >>> sorted(found.used), found.bound
    (['n', 'x'], {'y'})
    """
    reader = Reader()
    reader.visit(statement)
    own = reader.bound
    used = reader.used | {name for name in reader.later if name not in own}
    return Names(used - BUILTINS, own, reader.changed - BUILTINS)


class Reader(ast.NodeVisitor):
    """Walks a statement in the order in which it runs."""

    def __init__(self) -> None:
        self.used: set[str] = set()  # before this statement gave them a value
        self.later: set[str] = set()  # inside functions, which run later
        self.bound: set[str] = set()
        self.changed: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.bound:
                self.used.add(node.id)
        else:
            self.bound.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.target(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if root := root_of(node.target):
            self.used |= {root} - self.bound
            self.changed.add(root)
        self.target(node.target)

    def target(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(
                part.ctx, ast.Store
            ):
                self.changed |= {root_of(part)} - {None}
        self.visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        # A call for its own sake may change what it is called on, and what it is given.
        if isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute):
                self.changed |= {root_of(call.func)} - {None}
            self.changed |= {root_of(each) for each in call.args} - {None}
        self.visit(node.value)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.bound.add((alias.asname or alias.name).split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.target(node.target)
        for part in [*node.body, *node.orelse]:
            self.visit(part)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.bound |= {node.name} - {None}
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.bound |= {node.name} - {None}
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.bound |= {node.rest} - {None}
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars:
                self.target(item.optional_vars)
        for part in node.body:
            self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in [
            *node.decorator_list,
            *node.args.defaults,
            *filter(None, node.args.kw_defaults),
        ]:
            self.visit(part)
        self.bound.add(node.name)
        self.inside(node.body, node.args)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(part)
        self.inside([node.body], node.args)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [
            *node.decorator_list,
            *node.bases,
            *(each.value for each in node.keywords),
        ]:
            self.visit(part)
        self.bound.add(node.name)
        self.inside(node.body)

    def comprehension(self, node) -> None:
        inner = Reader()
        inner.bound = set(self.bound)
        for each in node.generators:
            inner.visit(each.iter)
            inner.visit(each.target)
            for condition in each.ifs:
                inner.visit(condition)
        for part in (
            [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        ):
            inner.visit(part)
        self.used |= inner.used
        self.later |= inner.later

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = comprehension

    def inside(
        self, body: Iterable[ast.AST], args: ast.arguments | None = None
    ) -> None:
        """What a function or a class takes from outside; a name that it gives a value anywhere is its own."""
        inner = Reader()
        if args:
            inner.bound = {
                each.arg for each in ast.walk(args) if isinstance(each, ast.arg)
            }
        parts = list(body)
        outer = {
            name
            for part in parts
            for node in ast.walk(part)
            if isinstance(node, ast.Global)
            for name in node.names
        }
        for part in parts:
            inner.visit(part)
        self.bound |= outer
        self.later |= (inner.used - inner.bound) | inner.later - inner.bound


def root_of(node: ast.AST) -> str | None:
    """The name that an attribute or an item belongs to: x of x.loss[3]."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
