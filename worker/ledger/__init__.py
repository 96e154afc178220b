"""The ledger: one record in Redis for each message, changed by scripts alone, each of which checks before it sets.

queued → claimed → sending → sent
   ↑        |          |
   |        |          +→ retrying | paused   (the provider said: later; said: your account)  → queued
   |        |          +→ rejected            (the provider said: never)
   |        |          +→ unconfirmed         (nobody knows; a person decides)
   |        +→ silent                         (the book says nothing)
   +--------+  its worker died: the sweeper rings again; three times: given_up
any state that has not sent → window_closed, when the 24 hours are over
"""

from worker.ledger.ledger import Ledger, LedgerUnavailable
from worker.ledger.record import Attempt, Claim, Moved, Record, State, TakenIn, Unreadable
from worker.ledger.times import Times

__all__ = [
    "Attempt",
    "Claim",
    "Ledger",
    "LedgerUnavailable",
    "Moved",
    "Record",
    "State",
    "TakenIn",
    "Times",
    "Unreadable",
]
