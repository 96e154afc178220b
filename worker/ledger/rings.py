"""What operators do about RQ's jobs, which are rings and no more: the ledger knows where each message stands."""

from __future__ import annotations

from worker.ledger.changing import Changing, Result


class Rings(Changing):
    """Raises LedgerUnavailable from every method."""

    async def requeue_job(self, key: str) -> Result:
        """Rings again for the message of a job that RQ calls failed. Refused where that waits for no worker."""
        return await self._run("ring_again", "requeue-job", key, id=key)

    async def delete_job(self, key: str) -> Result:
        """Takes a job that RQ calls failed out of its registry. The message stays as it is."""
        return await self._run("ring_again", "delete-job", key, id=key)
