"""What JSON is called in types."""

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object. Its values are what JSON can hold; whoever reads one checks what it finds."""
