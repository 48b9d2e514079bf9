"""What processes use: CPU seconds, and memory as Linux counts it."""

from pathlib import Path

import psutil
import psycopg

MEBIBYTE = 2**20


def postmaster_of(url: str) -> psutil.Process:
    """PostgreSQL's first process, on this machine."""
    with psycopg.connect(url) as connection:
        return psutil.Process(connection.info.backend_pid).parent() or psutil.Process(connection.info.backend_pid)


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process so far, without its children's."""
    times = process.cpu_times()
    return float(times.user + times.system)


def cpu_of_postgresql(postmaster: psutil.Process) -> float:
    """CPU seconds of PostgreSQL so far, with the backends that live and those that have ended."""
    ended = postmaster.cpu_times()
    living = 0.0
    for child in postmaster.children():
        try:
            living += cpu_of(child)
        except psutil.NoSuchProcess:  # it ended between the list and the look; its time is told with the ended ones
            continue
    return cpu_of(postmaster) + living + float(ended.children_user + ended.children_system)


def memory_of(process: psutil.Process) -> tuple[float, float]:
    """RSS and PSS in MB. PSS counts what several processes share once, in parts."""
    found = process.memory_full_info()
    return found.rss / MEBIBYTE, found.pss / MEBIBYTE


def most_memory_of(process: psutil.Process) -> float:
    """The most RSS that a process has held, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
