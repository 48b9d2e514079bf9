"""Leases are kept: a worker says that it lives, and learns which of its runs are to stop or are no longer its own."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import RUNS_CHANGED, Session, array, notify

HEARTBEAT = text("""
    UPDATE job_runs AS run
    SET lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds),
        progress = coalesce(CAST(held.progress AS jsonb), run.progress),
        change_xid = CASE WHEN held.progress IS NULL THEN run.change_xid
                          ELSE CAST(CAST(pg_current_xact_id() AS text) AS bigint) END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:progress AS text[])) AS held (id, token, progress)
    WHERE run.id = held.id AND run.status = 'processing' AND run.lease_token = held.token
    RETURNING held.token, run.cancel_requested_at IS NOT NULL AS is_cancelled
""")


class Held(NamedTuple):
    """A run a worker says it holds, with its progress if that is news."""

    id: UUID
    token: UUID
    progress: Mapping[str, object] | None = None


class Kept(NamedTuple):
    """A lease that was extended: a row of HEARTBEAT."""

    token: UUID
    is_cancelled: bool


class HeartbeatAnswer(NamedTuple):
    """What became of what is held, by lease token."""

    cancelled: set[UUID]
    """To stop."""
    lost: set[UUID]
    """No longer the worker's."""


async def heartbeat(session: Session, held: Sequence[Held], lease_seconds: int) -> HeartbeatAnswer:
    """Extends leases."""
    held = sorted(held, key=lambda one: one.id)  # by run, as ends lock them
    rows = await session.execute(
        HEARTBEAT,
        {
            "lease_seconds": lease_seconds,
            "ids": array(h.id for h in held),
            "tokens": array(h.token for h in held),
            "progress": [None if h.progress is None else json.dumps(dict(h.progress)) for h in held],
        },
    )
    kept = [Kept._make(row) for row in rows.all()]
    if any(h.progress is not None for h in held):
        await notify(session, RUNS_CHANGED)
    return HeartbeatAnswer(
        cancelled={k.token for k in kept if k.is_cancelled},
        lost={h.token for h in held} - {k.token for k in kept},
    )
