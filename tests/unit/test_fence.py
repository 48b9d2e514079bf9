"""A worker writes about its run only through the fence: told from the shape of its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.table_owners import STATEMENT, TABLES

STORE = sorted(Path("worker_svc/store").glob("*.py"))
OF_NO_RUN = {"engine_pauses", "worker_engines"}
"""Tables that tell of engines, and of the worker itself."""


def functions_that_write(text: str) -> Iterator[ast.AsyncFunctionDef]:
    """Those that use a statement that writes a table about runs."""
    module = ast.parse(text)
    writing = {target.id for node in module.body if isinstance(node, ast.Assign) and tables_in(node.value) - OF_NO_RUN
               for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    for function in ast.walk(module):
        if isinstance(function, ast.AsyncFunctionDef) and any(
            (isinstance(node, ast.Name) and node.id in writing)
            or (isinstance(node, ast.Call) and of_class(node) - OF_NO_RUN)
            for node in ast.walk(function)
        ):
            yield function


def tables_in(value: ast.expr) -> set[str]:
    texts = (node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {table for text in texts for table in STATEMENT.findall(text)}


def of_class(call: ast.Call) -> set[str]:
    """The table of insert(Class), update(Class) and delete(Class)."""
    is_write = isinstance(call.func, ast.Name) and call.func.id in ("insert", "update", "delete")
    return {TABLES[ast.unparse(call.args[0])]} if is_write else set()


def unfenced(text: str) -> list[str]:
    """The names of functions that write about a run with another session than a fenced one."""
    return [
        function.name
        for function in functions_that_write(text)
        if "Fenced" not in (kinds := [ast.unparse(a.annotation) for a in function.args.args if a.annotation])
        or "AsyncSession" in kinds
    ]


def test_what_writes_about_a_run_takes_a_fenced_transaction() -> None:
    assert {path.name: found for path in STORE if (found := unfenced(path.read_text()))} == {}
    written = [function.name for path in STORE for function in functions_that_write(path.read_text())]
    assert {"answered", "abandon", "refused", "spend", "keep_places", "mark_read", "handed_in"} <= set(written)


def test_a_write_with_another_session_is_found() -> None:
    by_text = 'END = text("UPDATE query_executions SET status = 1")\nasync def end(session: AsyncSession): use(END)'
    by_class = "async def keep(fenced: Fenced, session: AsyncSession): session.execute(insert(Citation))"
    assert unfenced(by_text) == ["end"]
    assert unfenced(by_class) == ["keep"]
    assert unfenced(by_class.replace("session: AsyncSession", "row: Row")) == []


def test_the_fence_alone_makes_fenced_transactions() -> None:
    made = [path.name for path in Path("worker_svc").rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Fenced")]  # fmt: skip
    assert made == ["fence.py"]
