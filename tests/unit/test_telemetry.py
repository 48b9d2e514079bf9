"""Logs, as whoever collects them finds them."""

import json
import subprocess
import sys

SCRIPT = """
import io, sys

class Counting(io.StringIO):
    writes = []
    def write(self, text):
        self.writes.append(text)
        return len(text)

sys.stdout = Counting()
import structlog
from answerbeat.settings import Settings
from answerbeat.telemetry import configure_logging
configure_logging(Settings(), "worker_svc")
structlog.get_logger().info("answered", collector="chatgpt")
import json
print(json.dumps(Counting.writes), file=sys.stderr)
"""


def test_a_line_is_written_whole_so_that_a_process_which_is_killed_leaves_none_without_its_end() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    (written,) = json.loads(told.stderr)
    assert written.endswith("\n")
    assert json.loads(written)["event"] == "answered"
