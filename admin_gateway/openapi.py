"""Writes the API's description to a file: `python -m admin_gateway.openapi FILE`. The page's client is made from it."""

import json
import sys
from pathlib import Path

from admin_gateway.app import create_app
from answerbeat.settings import Settings

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(create_app(Settings()).openapi(), indent=1))
