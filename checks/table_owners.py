"""Tells which service writes which table, from the code's own statements, and refuses a table that two write.

A write is an INSERT, UPDATE or DELETE in a text; `insert`, `update` or `delete` of a mapped class; the making of one;
and a value put to one that was loaded. What a foreign key's ON DELETE CASCADE takes with a row is the database's doing.

`python -m checks.table_owners` holds the list in docs/architecture.md against the code; `--write` writes it anew.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from answerbeat.schema import Base

PACKAGES = ("answerbeat", "reading", "launcher", "brand_svc", "scheduler_svc", "worker_svc", "admin_gateway")
LEFT_OUT = ("answerbeat/v1", "answerbeat/schema", "admin_gateway/ui")
SHARED = {
    "idempotency_keys": "whichever service was asked writes what it answered; the scheduler's cleaner deletes the old",
    "rollups_due": "workers, set-asides and changed questions add what is due, brand_svc takes what it has counted",
}
"""Tables that more than one may write, and why: rows that are added and taken, never changed by another."""
REMOVER = "brand_svc/catalog/store/removal.py"
"""The one file that takes rows of others: what is left of a brand or a customer that was deleted. It only deletes."""
DOCUMENT = Path("docs/architecture.md")
BEGIN, END = "<!-- table owners: python -m checks.table_owners --write -->\n", "<!-- end of table owners -->\n"

STATEMENT = re.compile(r"\b(?:INSERT\s+INTO|DELETE\s+FROM|UPDATE)\s+([a-z_]+)\b")
VERBS = ("insert", "update", "delete")
TABLES = {mapper.class_.__name__: str(mapper.local_table) for mapper in Base.registry.mappers}


class Module:
    """One file, and what it writes."""

    def __init__(self, text: str, returned: Mapping[str, str]) -> None:
        self._tree = ast.parse(text)
        self._returned = returned

    def written(self) -> set[str]:
        """The tables that the file's statements write."""
        found = set(self._in_texts()) | set(self._by_class())
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= set(self._put_to_loaded(function))
        return found & set(TABLES.values())

    def _in_texts(self) -> Iterator[str]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from STATEMENT.findall(node.value)

    def _by_class(self) -> Iterator[str]:
        """Classes that are made, or given to a verb, or to a function that gives one of its arguments to a verb."""
        passing = {*VERBS, *self._that_pass_on()}
        for call in _calls(self._tree):
            name = _name(call.func)
            if isinstance(call.func, ast.Name) and name in TABLES:  # a message's class stands behind a module
                yield TABLES[name]
            elif name in passing:
                yield from (TABLES[arg.id] for arg in call.args if isinstance(arg, ast.Name) and arg.id in TABLES)

    def _that_pass_on(self) -> Iterator[str]:
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                own = {argument.arg for argument in function.args.args}
                given = {arg.id for call in _calls(function) if _name(call.func) in VERBS
                         for arg in call.args if isinstance(arg, ast.Name)}  # fmt: skip
                if own & given:
                    yield function.name

    def _put_to_loaded(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
        """The tables of rows to whose columns a function puts values."""
        kinds = {a.arg: kind for a in function.args.args if a.annotation and (kind := _mapped(a.annotation))}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and (kind := self._loaded(node.value)):
                kinds |= {target.id: kind for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        yield TABLES.get(kinds.get(target.value.id, ""), "")
            elif isinstance(node, ast.Call) and _name(node.func) == "setattr" and isinstance(node.args[0], ast.Name):
                yield TABLES.get(kinds.get(node.args[0].id, ""), "")

    def _loaded(self, value: ast.expr) -> str | None:
        call = value.value if isinstance(value, ast.Await) else value
        if not isinstance(call, ast.Call):
            return None
        name = _name(call.func)
        if name in ("get", "get_one") and call.args and isinstance(call.args[0], ast.Name):
            return call.args[0].id if call.args[0].id in TABLES else None
        return self._returned.get(name)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(function: ast.expr) -> str:
    """`delete` of `delete(...)`, and of `sqlalchemy.delete(...)`."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _mapped(annotation: ast.expr) -> str | None:
    """The mapped class that an annotation is, or may be: not one of which it is a collection."""
    if isinstance(annotation, ast.BinOp):
        return _mapped(annotation.left) or _mapped(annotation.right)
    return annotation.id if isinstance(annotation, ast.Name) and annotation.id in TABLES else None


def _returned(texts: Mapping[str, str]) -> dict[str, str]:
    """Which functions give a row of which class."""
    found = {}
    for text in texts.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
                found[node.name] = _mapped(node.returns)
    return {name: kind for name, kind in found.items() if kind}


def writers(texts: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """By table, the packages that write it, each with the files in which it does."""
    returned = _returned(texts)
    found: dict[str, dict[str, list[str]]] = {table: {} for table in sorted(TABLES.values())}
    for name, text in sorted(texts.items()):
        if name == REMOVER:
            continue
        for table in Module(text, returned).written():
            found[table].setdefault(name.partition("/")[0], []).append(name)
    return found


def faults(found: Mapping[str, Mapping[str, list[str]]], shared: Mapping[str, str]) -> Iterator[str]:
    """Tables that nobody writes, that two write without a reason, and reasons that nothing needs."""
    for table, by in found.items():
        if not by:
            yield f"{table}: nobody writes it"
        elif len(by) > 1 and table not in shared:
            said = "; ".join(f"{package} ({', '.join(files)})" for package, files in by.items())
            yield f"{table}: has more than one writer: {said}"
        elif len(by) == 1 and table in shared:
            yield f"{table}: has one writer, and need not be named as an exception"


def more_than_deletes(text: str) -> Iterator[str]:
    """What the remover writes beside what it deletes."""
    without = re.sub(r"\bDELETE\s+FROM\s+[a-z_]+", "", text)
    for table in sorted(Module(without, {}).written()):
        yield f"{table}: {REMOVER} takes rows from it, and may do no more"


def listed(found: Mapping[str, Mapping[str, list[str]]], shared: Mapping[str, str]) -> str:
    """The list as it stands in the document."""
    owned: dict[str, list[str]] = defaultdict(list)
    for table, by in found.items():
        if table not in shared:
            owned[next(iter(by), "nobody")].append(f"`{table}`")
    rows = [f"| `{owner}` | {', '.join(tables)} |" for owner, tables in sorted(owned.items())]
    rows += [f"| `{'`, `'.join(found[table])}` | `{table}`: {why} |" for table, why in shared.items()]
    rows.append(f"| `{REMOVER}` | deletes, of all of these, what is left of a brand or a customer that was deleted |")
    return "\n".join(["| who writes | tables |", "|---|---|", *rows, ""])


def main() -> None:
    """Prints the faults, and ends with 1 if there are any."""
    paths = [path for package in PACKAGES for path in Path(package).rglob("*.py")]
    texts = {str(path): path.read_text() for path in paths if not str(path).startswith(LEFT_OUT)}
    found = writers(texts)
    told = [*faults(found, SHARED), *more_than_deletes(texts[REMOVER])]
    document = DOCUMENT.read_text()
    before, rest = document.split(BEGIN)
    true = f"{before}{BEGIN}{listed(found, SHARED)}{END}{rest.split(END)[1]}"
    if "--write" in sys.argv:
        DOCUMENT.write_text(true)
    elif true != document:
        told.append(f"{DOCUMENT}: its list of tables is not the code's; write it with {BEGIN.strip()[5:-4]}")
    sys.exit("\n".join(told) if told else 0)


if __name__ == "__main__":
    main()
