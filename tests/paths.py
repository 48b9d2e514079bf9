"""Where tests and measurements find their data: in the clone, and nowhere else."""

from pathlib import Path

DATA = Path(__file__).parent / "data"
RECORDINGS = DATA / "recordings"
