"""Refuses what leads out of the repository: a clone must pass its tests with nothing beside it.

Looked at are all files that git tracks. A relative path is followed from the file that names it in Markdown,
TypeScript and the like, and from the repository's root where a program or a shell will read it. What Python builds by
`Path(__file__).parents[...]` is counted out. Addresses of one machine (`/work`, `/root`, `/home`) lead out too, and so
do the hosts of registries.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

UPWARDS = re.compile(r"(?<![\w./-])(?:\.\.?/)*\.\./[\w./@-]*")
"""A relative path that climbs."""
OF_A_MACHINE = re.compile(r"(?<![\w.~:)}\"'*$-])/(?:work|root|home)/[\w.-]+|(?<=[\"'])/(?:work|root|home)/[\w.-]+")
OF_A_REGISTRY = re.compile(r"\b(?:[\w-]+\.)*(?:pypi|npmjs|pythonhosted)\.(?:org|com)\b|\bdeb\.debian\.org\b")
"""Where packages come from is a setting of the machine that installs them."""
FROM_ITS_OWN_FOLDER = (".md", ".ts", ".tsx", ".js", ".cjs", ".mjs", ".json", ".html", ".css")
ALLOWED = {(name, "../etc/passwd") for name in ("tests/unit/test_cron.py", "checks/self_contained.py")}
"""No path of ours, but what a time zone's name must not be."""


def faults(name: str, text: str) -> Iterator[str]:
    """What in a file leads out of the repository, one line each: `file:line: why`."""
    for number, line in enumerate(text.splitlines(), start=1):
        for path in UPWARDS.findall(line):
            if (name, path) not in ALLOWED and _leads_out(_folder_of(name), path):
                yield f"{name}:{number}: {path} leads out of the repository"
        for path in OF_A_MACHINE.findall(line):
            yield f"{name}:{number}: {path} is a place on one machine"
        for host in OF_A_REGISTRY.findall(line):
            yield f"{name}:{number}: {host} is a registry's host"
    if name.endswith(".py"):
        yield from _climbs(name, text)


def _folder_of(name: str) -> PurePosixPath:
    """Where relative paths in a file begin."""
    return PurePosixPath(name).parent if name.endswith(FROM_ITS_OWN_FOLDER) else PurePosixPath()


def _leads_out(folder: PurePosixPath, path: str) -> bool:
    depth = len(folder.parts)
    for part in PurePosixPath(path).parts:
        depth += -1 if part == ".." else 0 if part == "." else 1
        if depth < 0:
            return True
    return False


def _climbs(name: str, text: str) -> Iterator[str]:
    """Paths from `__file__` upwards, past the root; and parts of paths that are "..", wherever they lead."""
    deepest = len(PurePosixPath(name).parts)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute | ast.Subscript) and (height := _height(node)) is not None:
            if height > deepest:
                yield f"{name}:{node.lineno}: {height} folders above {name} is out of the repository"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_parent(node.right):
            yield f"{name}:{node.lineno}: say which folder, not '..'"


def _is_parent(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ".."


def _height(node: ast.expr) -> int | None:
    """How many folders above `__file__` an expression is: 1 for its own. None for any other expression."""
    match node:
        case ast.Call(func=ast.Name(id="Path"), args=[ast.Name(id="__file__")]):
            return 0
        case ast.Call(func=ast.Attribute(value=inner, attr="resolve" | "absolute")):
            return _height(inner)
        case ast.Attribute(value=inner, attr="parent"):
            return _above(inner, 1)
        case ast.Subscript(value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int(index))):
            return _above(inner, index + 1)
    return None


def _above(inner: ast.expr, steps: int) -> int | None:
    height = _height(inner)
    return None if height is None else height + steps


def faults_below(root: Path, names: Iterable[str]) -> Iterator[str]:
    """What in files leads out of the folder; a link may too."""
    for name in names:
        path = root / name
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            yield f"{name}: a link out of the repository"
        elif path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield from faults(name, content.decode("utf-8", "ignore"))


def tracked() -> list[str]:
    """The files that git tracks here, or would with the next `git add`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name]


def main() -> None:
    """Prints the faults, and ends with 1 if there are any."""
    found = list(faults_below(Path.cwd(), tracked()))
    sys.exit("\n".join(found) if found else 0)


if __name__ == "__main__":
    main()
