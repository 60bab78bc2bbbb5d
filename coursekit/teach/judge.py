"""Runs the tests of an assignment outside of the box, on answers that stay inside.

A test never shares an interpreter with the code that it tests. It runs here, as it stands in the
assignment's source, and the functions that it calls are proxies: arguments go into the box by
value, results come out as plain data, and every comparison is made here. So nothing that a
submission does to its own interpreter (an input transformer, a changed `require`, patched builtins)
reaches a test, expected results never enter the box, and a test that did not run to its end gives
no points.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import linecache
import numbers
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_solution

from coursekit.teach.inside.wire import Nonsense, Peer, Proxy
from coursekit.teach.release import grade_id
from coursekit.teach.sandbox import Watch

IMPORTS = (ast.Import, ast.ImportFrom)
MOST_TEXT = 100_000  # characters of a test's output
MOST_SAID = 10_000  # of an error


class Verdict(NamedTuple):
    """What a test said.

    Attributes
    ----------
    points : float
        Between 0 and those of its cell.
    outputs : list of NotebookNode
        What it printed, and the error that it ended with.
    """

    points: float
    outputs: list[NotebookNode]


class Stopped(TimeoutError):
    """An answer took too long, and was interrupted."""


class Remote(Proxy):
    """An object of the submission: a function, a model, whatever is no plain data.

    It can be called and looked into. It cannot be compared: an object that says that it equals
    everything would pass every test.
    """

    def __getattr__(self, name: str) -> Any:
        """Look an attribute up where the object is; of Python's own protocols it has none."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("part", of=self, kind="attribute", key=name)

    def __getitem__(self, key: Any) -> Any:
        """Look an element up."""
        return self._peer.ask("part", of=self, kind="item", key=key)

    def __len__(self) -> int:
        """Count its elements."""
        return int(self._peer.ask("part", of=self, kind="length", key=None))

    def __iter__(self) -> Iterator:
        """Go through its elements."""
        return iter(self._peer.ask("part", of=self, kind="items", key=None))

    def __bool__(self) -> bool:
        """Say that it is something."""
        return True

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Take it as an array, if it can be one."""
        found = self._peer.ask("part", of=self, kind="array", key=None)
        if not isinstance(found, np.ndarray):
            raise TypeError(f"a {type(self).__name__} is no array")
        return found if dtype is None else found.astype(dtype)


class Submission(Peer):
    """The judge's side of the conversation.

    Parameters
    ----------
    reader, writer : binary file
        From and to the box.
    watch : Watch
        Counts the time in which the box works.
    """

    def __init__(self, reader: Any, writer: Any, watch: Watch):
        super().__init__(reader, writer, remote)
        self.watch = watch

    def _receive(self) -> dict:
        with self.watch.waiting():
            return super()._receive()

    def _send(self, message: dict) -> None:
        # A box that does not listen lets wait, too.
        with self.watch.waiting():
            super()._send(message)

    def raised(self, error: dict) -> BaseException:
        """Make an exception of what the submission raised, with the line that raised it.

        Parameters
        ----------
        error : dict
            As the agent described it.

        Returns
        -------
        BaseException
            Of the same name, and of the same class where it is one of Python's.

        Raises
        ------
        Nonsense
            If this is no description of an error.
        """
        if not isinstance(error, dict):
            raise Nonsense("no description of an error")
        kind, message = str(error.get("type"))[:100], str(error.get("message"))[:MOST_SAID]
        if not kind.isidentifier():
            kind = "Exception"
        if kind == "KeyboardInterrupt":
            return Stopped(f"stopped after {self.watch.limits.cell_seconds} seconds")
        known = getattr(builtins, kind, None)
        if kind in ("StopIteration", "StopAsyncIteration"):
            # Out of a function that a loop calls, it would end the loop as if all had been well.
            known, message = RuntimeError, f"raised {kind}"
        if not (isinstance(known, type) and issubclass(known, (Exception, SystemExit))):
            known = type(kind, (Exception,), {})
        try:
            made = known(message)
        except TypeError:  # UnicodeDecodeError, for one, wants more
            made = type(kind, (Exception,), {})(message)
        file, line = error.get("file"), error.get("line")
        # No other file: lines of tests are looked up by the same means.
        named = isinstance(file, str) and re.fullmatch(r"Cell In\[\d{1,6}\]", file)
        if named and isinstance(line, int):
            return _as_from(made, file, line, str(error.get("text"))[:MOST_SAID])
        return made


class Judge:
    """Runs tests, one after the other, in one namespace.

    Parameters
    ----------
    source : NotebookNode
        The assignment with its solutions and hidden tests.
    submission : Submission
        The box.
    """

    def __init__(self, source: NotebookNode, submission: Submission):
        self.submission = submission
        self.cells = [_Cell(cell) for cell in source.cells if cell.cell_type == "code"]
        self.answers = {name for cell in self.cells for name in cell.answers}
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def run(self, name: str) -> Verdict:
        """Run a test, after what it needs of the cells before it.

        Parameters
        ----------
        name : str
            The grade_id of its cell.

        Returns
        -------
        Verdict
            Its points, all or none of them unless its last line is a number.

        Raises
        ------
        Gone
            If the box ended.
        """
        (at,) = [at for at, cell in enumerate(self.cells) if cell.name == name]
        test, needed = self.cells[at], set(self.cells[at].loaded)
        before = []
        for cell in reversed(self.cells[:at]):
            # Of what is given, that which defines what the test, or one of these cells, uses.
            if not cell.test and not cell.done and cell.bound & (needed | {"*"}):
                before.insert(0, cell)
                needed |= cell.loaded
        printed, outputs, value = io.StringIO(), [], None
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                for cell in (*before, test):
                    self._fetch(cell)
                    # What a given cell prints is no word of the test.
                    printed.truncate(printed.seek(0))
                    value = cell.run(self.namespace)
                    cell.done = True
                points = _points(value, test.points)
            except (Exception, SystemExit) as error:
                points = 0.0
                outputs = [_error(error, test)]
        if text := printed.getvalue()[:MOST_TEXT]:
            outputs.insert(0, new_output("stream", name="stdout", text=text))
        return Verdict(points, outputs)

    def _fetch(self, cell: _Cell) -> None:
        """Take from the box the answers that a cell uses, as they are now, and no other name."""
        for name in sorted(cell.loaded & self.answers):
            self.namespace.pop(name, None)
            # Where there is none, the cell will say that it is not defined.
            with contextlib.suppress(Exception):
                self.namespace[name] = self.submission.ask("name", name=name)


class _Cell:
    """A code cell of the assignment's source."""

    def __init__(self, cell: NotebookNode):
        self.name = grade_id(cell)
        self.test = is_grade(cell) and not is_solution(cell)
        self.points = float(cell.metadata.nbgrader.points) if self.test else 0.0
        self.done = False
        self.file = f"<{self.name or 'given cell'}>"
        self.text = TransformerManager().transform_cell(cell.source)
        self.tree, self.answers = ast.parse(self.text), set()
        if is_solution(cell):
            # A module that an answer imports is no answer: from the box it would be the student's.
            imports = [each for each in self.tree.body if isinstance(each, IMPORTS)]
            self.answers = _bound(self.tree) - _bound(ast.Module(imports, []))
            self.tree = ast.Module(imports, [])
        self.bound, self.loaded = _bound(self.tree), set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.loaded.add(node.id)

    def run(self, namespace: dict) -> Any:
        """Run it; return the value of its last line, None if that is no expression."""
        # Tracebacks and `inspect` find the lines here.
        lines = self.text.splitlines(keepends=True)
        linecache.cache[self.file] = (len(self.text), None, lines, self.file)
        *body, last = self.tree.body or [ast.Pass()]
        if not isinstance(last, ast.Expr):
            body, last = self.tree.body, None
        exec(compile(ast.Module(body, []), self.file, "exec"), namespace)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), self.file, "eval"), namespace)


def remote(peer: Peer, number: int, kind: str) -> Remote:
    """Make what stands for an object of the submission, of a class that is called as its own is.

    Parameters
    ----------
    peer : Peer
        The conversation.
    number : int
        What the box knows it by.
    kind : str
        The name of its type there.

    Returns
    -------
    Remote
        A proxy.
    """
    name = kind if kind.isidentifier() else "object"
    return type(name, (Remote,), {})(peer, number)


def _bound(tree: ast.Module) -> set[str]:
    """List the names that a cell defines, as far as its top level shows."""
    found = set()
    for node in tree.body:
        for inner in _of_top_level(node):
            if isinstance(inner, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                found.add(inner.name)
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                found.add(inner.id)
            elif isinstance(inner, ast.alias):
                found.add((inner.asname or inner.name).partition(".")[0])
    return found


def _of_top_level(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(
        node,
        (
            ast.FunctionDef,
            ast.ClassDef,
            ast.AsyncFunctionDef,
            ast.Lambda,
            ast.ListComp,
            ast.SetComp,
            ast.DictComp,
            ast.GeneratorExp,
        ),
    ):
        return
    for child in ast.iter_child_nodes(node):
        yield from _of_top_level(child)


def _points(value: Any, most: float) -> float:
    """Give all points, or those that the last line of the test says, as nbgrader does."""
    if isinstance(value, (numbers.Real, np.number)) and not isinstance(value, (bool, np.bool_)):
        number = float(value)
        return min(max(number, 0.0), most) if number == number else 0.0
    return most


def _error(error: BaseException, test: _Cell) -> NotebookNode:
    """Lay an error out as a notebook shows one: what it says, and the line of the test."""
    kind, said = type(error).__name__, str(error)[:MOST_SAID]
    lines, traceback = [], error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == test.file:
            text = linecache.getline(test.file, traceback.tb_lineno).strip()
            lines = [f"test, line {traceback.tb_lineno}:  {text}"]
        traceback = traceback.tb_next
    shown = f"\x1b[31m{kind}\x1b[39m: {said}"
    return new_output("error", ename=kind, evalue=said, traceback=[*lines, shown])


def _as_from(error: BaseException, file: str, line: int, text: str) -> BaseException:
    """Give an exception a traceback that ends in a line of the submission."""
    line = min(max(line, 1), 100_000)
    linecache.cache[file] = (0, None, [""] * (line - 1) + [text + "\n"], file)
    tree = ast.parse("raise error")
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line
    raiser: Callable = compile(tree, file, "exec")
    try:
        exec(raiser, {"error": error})
    except BaseException as raised:
        raised.__traceback__ = raised.__traceback__.tb_next
        return raised
    return error
