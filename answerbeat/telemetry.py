"""Logs a person can read in a terminal, and JSON when nobody watches.

Names bound with `structlog.contextvars` (run_id, request_id) stand in each line about them.
"""

import logging
import sys

import structlog

from answerbeat.settings import Settings


def configure_logging(settings: Settings, service: str) -> None:
    """Sends this process's logs to stdout, each line with the service's name."""
    as_console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stdout.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if as_console else "iso", utc=not as_console),
    ]
    final: list[structlog.typing.Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(),
                pad_event_to=32,
                # The default prints local variables, and those hold keys and tokens.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
        if as_console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # A line in one write: one that is cut off before its end would run into the next.
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    _adopt_library_logs(shared, final)


def _adopt_library_logs(shared: list[structlog.typing.Processor], final: list[structlog.typing.Processor]) -> None:
    """Gives the warnings of libraries the same form. Their chatter is left out."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
