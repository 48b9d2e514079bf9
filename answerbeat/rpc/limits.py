"""Bounds that both ends of a call share."""

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
