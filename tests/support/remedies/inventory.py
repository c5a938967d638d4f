"""Every remedy that the package can give, read from its source without running it.

A remedy is what reaches a parameter or a field named ``remedy`` (or ``fix``, in a check of
``doctor``): of an error, a violation, a kind of finding, a kind of file. The expression that is
given there is followed back to the texts that it is made from: through names of the function, of
the module and of imported modules, conditions, concatenations, ``.format`` and the functions that
return it. What only becomes known while the package runs is a hole, ``{}``.

An expression that cannot be followed is reported, so that no remedy goes unseen.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[3] / "lukhas_notion"
HOLE = "{}"
_SINKS = ("remedy", "fix")
# No expression is made of more texts than this: more is a loop in what is followed.
_MOST = 60
_DEEPEST = 40
# The index of a parameter that is given by its name alone.
_BY_NAME = 99

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class NotFollowed(Exception):
    """An expression whose texts are not found."""


@dataclass(frozen=True)
class Remedy:
    """A remedy as it stands in the source.

    Args:
        text: with a hole for everything that is put in.
        places: where it is given, ``file:line``.
    """

    text: str
    places: tuple[str, ...]

    @property
    def words(self) -> str:
        """The text without its holes, to compare: white space is one blank."""
        return " ".join(self.text.replace(HOLE, " ").split())

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in what was printed, with anything in its holes."""
        parts = (re.escape(" ".join(part.split(" "))) for part in self.text.split(HOLE))
        return re.compile(r"[\s\S]*?".join(part.replace("\n", r"\s+") for part in parts))


@dataclass
class Module:
    """A module of the package: its tree, and what its names are."""

    path: Path
    tree: ast.Module
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, list[Function]] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The module's dotted name."""
        return ".".join(self.path.relative_to(PACKAGE.parent).with_suffix("").parts)


def read_modules() -> dict[str, Module]:
    """Return every module of the package by its dotted name."""
    paths = sorted(PACKAGE.rglob("*.py"))
    modules = (read_module(path, path.read_text(encoding="utf-8")) for path in paths)
    return {module.name: module for module in modules}


def read_module(path: Path, source: str) -> Module:
    """Return a module of the package, given its text."""
    module = Module(path, ast.parse(source))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            module.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):
            module.classes[node.name] = node
    for statement in module.tree.body:
        for name, value in assigned(statement):
            module.constants.setdefault(name, []).append(value)
    return module


def assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a statement gives a value, each with the expression."""
    targets: Sequence[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        targets = [node.target]
    value = getattr(node, "value", None)
    for target in targets if value is not None else ():
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple):
            for index, each in enumerate(target.elts):
                if isinstance(each, ast.Name):
                    yield each.id, ast.Subscript(value, ast.Constant(index), ast.Load())


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its module, and the functions around it, innermost first."""

    module: Module
    functions: tuple[Function, ...] = ()


class Reader:
    """Follows expressions to the texts that they are made from."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        # By the name of what is called, and by the module that it is in.
        self._sinks: dict[str, dict[str, tuple[int, str]]] = {}
        for module in modules.values():
            self._collect_sinks(module)
        self._inherit_sinks()
        self.not_followed: list[str] = []
        self._open: set[object] = set()
        self._circles = 0

    # --- which calls take a remedy ---------------------------------------------------------------

    def _collect_sinks(self, module: Module) -> None:
        for name, functions in module.functions.items():
            for function in functions:
                if name != "__init__":
                    self._add_sink(module, name, function)
        for name, node in module.classes.items():
            own = [each for each in node.body if getattr(each, "name", "") == "__init__"]
            if own and isinstance(own[0], ast.FunctionDef):
                self._add_sink(module, name, own[0])
            else:
                self._add_sink(module, name, node)

    def _add_sink(self, module: Module, name: str, taker: ast.AST) -> None:
        """Keep where a function or a data class takes a remedy, if it does."""
        only: list[str] = []
        if isinstance(taker, ast.FunctionDef):
            named = [each.arg for each in taker.args.args if each.arg != "self"]
            only = [each.arg for each in taker.args.kwonlyargs]
        else:
            body = getattr(taker, "body", [])
            fields = (each.target for each in body if isinstance(each, ast.AnnAssign))
            named = [each.id for each in fields if isinstance(each, ast.Name)]
        for sink in _SINKS if "Check" in module.classes else _SINKS[:1]:
            if sink in named or sink in only:
                index = named.index(sink) if sink in named else _BY_NAME
                self._sinks.setdefault(name, {})[module.name] = (index, sink)

    def _inherit_sinks(self) -> None:
        classes = {n: (m, c) for m in self._modules.values() for n, c in m.classes.items()}
        for _ in range(4):
            for name, (module, node) in classes.items():
                for base in node.bases:
                    called = getattr(base, "id", "")
                    if name not in self._sinks and called in self._sinks:
                        inherited = next(iter(self._sinks[called].values()))
                        self._sinks[name] = {module.name: inherited}

    # --- the remedies -----------------------------------------------------------------------------

    def remedies(self) -> list[Remedy]:
        """Return every remedy once, in the order of its text."""
        found: dict[str, list[str]] = {}
        for module in self._modules.values():
            if ".report." in module.name:
                continue  # It shows what others say.
            for scope, node in _walk(module):
                for given in self._given(node, module):
                    place = f"{module.path.relative_to(PACKAGE.parent)}:{node.lineno}"
                    try:
                        texts = self.texts(given, scope)
                    except NotFollowed as error:
                        self.not_followed.append(f"{place}: {error}")
                        continue
                    for text in texts:
                        if text.replace(HOLE, "").strip(" .`'\""):
                            found.setdefault(text, []).append(place)
        return [Remedy(text, tuple(places)) for text, places in sorted(found.items())]

    def _given(self, node: ast.AST, module: Module) -> Iterator[ast.expr]:
        """Yield what a node gives as a remedy: to a call, to a name, or as what it returns."""
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if (given := self._argument(name, node, module)) is not None:
                yield given
        elif isinstance(node, ast.FunctionDef) and node.name in _SINKS and node.decorator_list:
            yield from _returned(node)
        else:
            yield from (value for name, value in assigned(node) if name == "remedy")

    def _argument(self, name: str, call: ast.Call, module: Module) -> ast.expr | None:
        if name == "super":
            return None
        for keyword in call.keywords:
            if keyword.arg == "remedy":
                return keyword.value
        if name not in self._sinks:
            return None
        takers = self._sinks[name]
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is None:
            source = self._source(module, name)
        elif isinstance(owner, ast.Name) and owner.id in module.imports:
            source = ".".join(module.imports[owner.id])
        else:
            # A method of something: of this module's, or else of the only one that there is.
            source = module.name if module.name in takers else list(takers)[-1]
        if source not in takers:
            return None
        index, sink = takers[source]
        for keyword in call.keywords:
            if keyword.arg == sink:
                return keyword.value
        return call.args[index] if index < len(call.args) else None

    def _source(self, module: Module, name: str) -> str:
        """Return the module that a name of a module comes from, through others that pass it on."""
        while name in module.imports and module.imports[name][0] in self._modules:
            source, name = module.imports[name]
            module = self._modules[source]
        return module.name

    # --- following --------------------------------------------------------------------------------

    def texts(self, node: ast.expr, scope: Scope, depth: int = 0) -> list[str]:
        """Return the texts that an expression may come to."""
        if depth > _DEEPEST:
            raise NotFollowed(f"{ast.unparse(node)}: too deep")
        if id(node) in self._open:
            self._circles += 1
            return []  # What it comes to by itself is followed already.
        self._open.add(id(node))
        try:
            found = self._texts(node, scope, depth + 1)
        finally:
            self._open.discard(id(node))
        if len(found) > _MOST:
            raise NotFollowed(f"{ast.unparse(node)}: too many")
        return list(dict.fromkeys(found))

    def _texts(self, node: ast.expr, scope: Scope, depth: int) -> list[str]:
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=values):
                return self._joined(values, scope, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([left, right], scope, depth)
            case ast.IfExp(body=body, orelse=other):
                return [*self.texts(body, scope, depth), *self.texts(other, scope, depth)]
            case ast.BoolOp(values=values):
                return [text for each in values for text in self.texts(each, scope, depth)]
            case ast.Call():
                return self._called(node, scope, depth)
            case ast.Subscript(slice=ast.Constant(value=str())):
                return [HOLE]  # Out of a file of data, such as a schema.
            case ast.Attribute(attr="remedy" | "fix"):
                return [""]  # Given elsewhere, and followed there.
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return [
                    text
                    for value, where in self._values(node, scope, depth)
                    for text in self.texts(value, where, depth)
                ]
        raise NotFollowed(ast.unparse(node))

    def _joined(self, values: Sequence[ast.expr], scope: Scope, depth: int) -> list[str]:
        parts = []
        for each in values:
            if isinstance(each, ast.FormattedValue):
                parts.append(self._hole(each, scope, depth))
            else:
                parts.append(self.texts(each, scope, depth))
        return ["".join(each) for each in itertools.islice(itertools.product(*parts), _MOST + 1)]

    def _hole(self, node: ast.FormattedValue, scope: Scope, depth: int) -> list[str]:
        """Return what is put into a text: sentences are followed, names and lists are not."""
        try:
            texts = self.texts(node.value, scope, depth)
        except NotFollowed:
            return [HOLE]
        texts = [text for text in texts if text]
        is_constant = isinstance(node.value, ast.Name) and node.value.id.isupper()
        are_words = is_constant or (texts and all(" " in text.strip() for text in texts))
        return texts if node.conversion == -1 and are_words and len(texts) < 5 else [HOLE]

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> list[str]:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if isinstance(node.func, ast.Attribute):
            if name == "format":
                whole = self.texts(node.func.value, scope, depth)
                return [re.sub(r"\{[^{}]*\}", HOLE, text) for text in whole]
            if name in ("strip", "rstrip", "lstrip"):
                return self.texts(node.func.value, scope, depth)
            if name == "join":
                return [HOLE]
            if name == "get":
                values = self._members(node.func.value, scope)
                return [text for each, at in values for text in self.texts(each, at, depth)]
        texts, circles = list[str](), self._circles
        for function, where in self._callables(node.func, scope):
            for value in _returned(function):
                texts += self.texts(value, where, depth)
        if not texts and circles == self._circles:
            raise NotFollowed(ast.unparse(node))
        return texts

    def _members(self, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield the values of the dictionaries that an expression stands for."""
        for value, where in [(node, scope), *self._values_of(node, scope, 0)]:
            if isinstance(value, ast.Dict):
                for each in value.values:
                    yield each, where

    def _callables(self, node: ast.expr, scope: Scope) -> Iterator[tuple[Function, Scope]]:
        """Yield the functions that may be called: by name, out of a table, or made by others."""
        match node:
            case ast.Lambda():
                yield node, scope
            case ast.Call(func=ast.Attribute(value=table, attr="get")):
                for value, where in self._members(table, scope):
                    yield from self._callables(value, where)
            case ast.Call():
                for function, where in self._callables(node.func, scope):
                    for value in _returned(function):
                        yield from self._callables(value, where)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                inner = [
                    each
                    for function in scope.functions
                    for each in ast.walk(function)
                    if isinstance(each, ast.FunctionDef) and each.name == name
                ]
                for function in inner:
                    yield function, Scope(scope.module, (function, *scope.functions))
                if inner:
                    return
                named = list(self._named(name, scope)) if isinstance(node, ast.Name) else []
                for value, where in named:
                    yield from self._callables(value, where)
                if not named:
                    yield from self._functions(name, scope)

    def _functions(self, name: str, scope: Scope) -> Iterator[tuple[Function, Scope]]:
        module = scope.module
        if name not in module.functions and name in module.imports:
            source, name = module.imports[name]
            module = self._modules.get(source, module)
        found = module.functions.get(name, [])
        for function in found:
            yield function, Scope(module, (function,))
        if not found:
            # A method, perhaps one that was handed over and is kept under its name.
            for other in self._modules.values():
                for each in (name, name.lstrip("_")):
                    for function in other.functions.get(each, []):
                        yield function, Scope(other, (function,))

    def _values(self, node: ast.expr, scope: Scope, depth: int) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield what a name, an attribute or an element stands for, with where that stands."""
        count, circles = 0, self._circles
        for found in self._values_of(node, scope, depth):
            count += 1
            yield found
        if not count and circles == self._circles:
            raise NotFollowed(ast.unparse(node))

    def _values_of(
        self, node: ast.expr, scope: Scope, depth: int
    ) -> Iterator[tuple[ast.expr, Scope]]:
        match node:
            case ast.Name(id=name):
                yield from self._named(name, scope)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in scope.module.imports:
                source, original = scope.module.imports[name]
                other = self._modules.get(f"{source}.{original}")
                for value in other.constants.get(attr, []) if other else ():
                    yield value, Scope(other)
            case ast.Subscript(value=value, slice=ast.Constant(value=int(index))):
                yield from self._elements(value, index, scope, depth)

    def _named(self, name: str, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        for position, function in enumerate(scope.functions):
            values = [
                value
                for each in ast.walk(function)
                for found, value in assigned(each)
                if found == name
            ]
            if values:
                for value in values:
                    yield value, Scope(scope.module, scope.functions[position:])
                return
            arguments = [*function.args.args, *function.args.kwonlyargs]
            if name in [each.arg for each in arguments]:
                # Whoever calls gives it: a parameter of the name of a sink is followed there.
                if name in _SINKS:
                    yield ast.Constant(""), scope
                    defaults = _default(function, name)
                    if defaults is not None:
                        yield defaults, scope
                return
        for value in scope.module.constants.get(name, []):
            yield value, Scope(scope.module)
        if name in scope.module.imports:
            source, original = scope.module.imports[name]
            if (other := self._modules.get(source)) is not None:
                for value in other.constants.get(original, []):
                    yield value, Scope(other)

    def _elements(
        self, node: ast.expr, index: int, scope: Scope, depth: int
    ) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield the elements at an index of the tuples that an expression may come to."""
        mark = (id(node), index)
        if mark in self._open:
            self._circles += 1
            return
        self._open.add(mark)
        try:
            yield from self._elements_of(node, index, scope, depth)
        finally:
            self._open.discard(mark)

    def _elements_of(
        self, node: ast.expr, index: int, scope: Scope, depth: int
    ) -> Iterator[tuple[ast.expr, Scope]]:
        match node:
            case ast.Tuple(elts=elements) if index < len(elements):
                yield elements[index], scope
            case ast.IfExp(body=body, orelse=other):
                yield from self._elements(body, index, scope, depth + 1)
                yield from self._elements(other, index, scope, depth + 1)
            case ast.Dict(values=values):
                for value in values:
                    yield from self._elements(value, index, scope, depth + 1)
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=arguments):
                for each in (table, *arguments[1:]):
                    yield from self._elements(each, index, scope, depth + 1)
            case ast.Call(func=ast.Name(id="next"), args=arguments):
                for each in arguments:
                    yield from self._elements(each, index, scope, depth + 1)
            case ast.GeneratorExp(elt=element, generators=[first, *_]):
                names = first.target.elts if isinstance(first.target, ast.Tuple) else []
                ids = [getattr(each, "id", "") for each in names]
                wanted = element.elts[index] if isinstance(element, ast.Tuple) else None
                if isinstance(wanted, ast.Name) and wanted.id in ids:
                    for row, where in self._rows(first.iter, scope):
                        yield from self._elements(row, ids.index(wanted.id), where, depth + 1)
            case ast.Call():
                for function, where in self._callables(node.func, scope):
                    for value in _returned(function):
                        yield from self._elements(value, index, where, depth + 1)
            case ast.Name() | ast.Attribute():
                for value, where in self._values_of(node, scope, depth + 1):
                    yield from self._elements(value, index, where, depth + 1)

    def _rows(self, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        for value, where in [(node, scope), *self._values_of(node, scope, 0)]:
            if isinstance(value, ast.Tuple | ast.List):
                for each in value.elts:
                    yield each, where


def _default(function: Function, name: str) -> ast.expr | None:
    arguments = function.args
    named = [each.arg for each in arguments.args][len(arguments.args) - len(arguments.defaults) :]
    pairs = [*zip(named, arguments.defaults, strict=True)]
    pairs += [
        (each.arg, value)
        for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value is not None
    ]
    return dict(pairs).get(name)


def _returned(function: Function) -> Iterator[ast.expr]:
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    inner = [
        node
        for each in ast.walk(function)
        if isinstance(each, ast.FunctionDef | ast.Lambda) and each is not function
        for node in ast.walk(each)
    ]
    for node in ast.walk(function):
        value = node.value if isinstance(node, ast.Return | ast.Yield) else None
        if value is not None and node not in inner:
            yield value


def _walk(module: Module) -> Iterator[tuple[Scope, Any]]:
    """Yield every node of a module with the functions around it."""
    waiting: list[tuple[ast.AST, tuple[Function, ...]]] = [(module.tree, ())]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            around = (node, *around)
        yield Scope(module, around), node
        waiting += ((child, around) for child in ast.iter_child_nodes(node))


def _described(part: Any) -> Iterator[str]:
    """Yield the descriptions of what a schema forbids, or takes by a pattern: they say what to do.

    Those of other keywords stand behind ``Expected:``.
    """
    if isinstance(part, dict):
        if isinstance(part.get("description"), str) and {"not", "pattern"} & part.keys():
            yield part["description"]
        for each in part.values():
            yield from _described(each)


@cache
def inventory() -> tuple[tuple[Remedy, ...], tuple[str, ...]]:
    """Return every remedy of the package, and the expressions that were not followed."""
    reader = Reader(read_modules())
    found = reader.remedies()
    for path in PACKAGE.rglob("config/*.schema.json"):
        texts = _described(json.loads(path.read_text(encoding="utf-8")))
        place = f"{path.relative_to(PACKAGE.parent)}:1"
        found += (Remedy(text, (place,)) for text in dict.fromkeys(texts))
    return tuple(found), tuple(reader.not_followed)
