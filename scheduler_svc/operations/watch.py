"""Tells of every change of a run, for as long as somebody listens. NOTIFY tells when to look."""

from collections.abc import AsyncIterator
from uuid import UUID

from answerbeat.database import Database
from answerbeat.schema import JobRun
from answerbeat.wakeup import Wakeup
from scheduler_svc.store import changes
from scheduler_svc.store.changes import Cursor

LOOK_SECONDS = 1.0
"""The longest between two looks: a change may be held back by a transaction that ends without a notice."""


class Watch:
    """Watches the runs of one customer, or of all."""

    def __init__(self, database: Database, wakeup: Wakeup, customer_id: UUID | None) -> None:
        self._database = database
        self._wakeup = wakeup
        self._customer_id = customer_id

    async def changes(self, cursor: Cursor | None) -> AsyncIterator[tuple[JobRun, Cursor]]:
        """Each run that changed after the cursor, as it is now; without one, the open runs and what comes then."""
        if cursor is None:
            async with self._database.transaction() as session:
                opened, cursor = await changes.begin(session, self._customer_id)
            for run in opened:
                yield run, cursor
        while True:
            seen = self._wakeup.now()
            async with self._database.transaction() as session:
                changed = await changes.after(session, cursor, self._customer_id)
            for run in changed:
                cursor = Cursor(run.change_xid, run.id)
                yield run, cursor
            if len(changed) < changes.PAGE:
                await self._wakeup.wait(seen, LOOK_SECONDS)
