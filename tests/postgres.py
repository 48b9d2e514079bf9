"""A PostgreSQL of a test's own, in a folder that nobody else looks into.

pytest closes the folder of its temporary files to all but its own user, and does so again whenever another run begins;
a server that root starts runs as a user of its own, which could not reach its data there any more.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launcher.embedded import start_postgresql


@contextmanager
def a_folder_for_postgresql() -> Iterator[Path]:
    """A folder whose data a server may be started in; it is deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="answerbeat-pg-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def a_postgresql() -> Iterator[Any]:
    """The server; it is stopped, and its data deleted, at the end."""
    with a_folder_for_postgresql() as folder:
        server = start_postgresql(folder / "data", is_kept=False)
        yield server
        server.cleanup()
