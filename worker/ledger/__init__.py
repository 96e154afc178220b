"""The ledger: one record in Redis for each message, changed by scripts alone, each of which checks before it sets.

queued → claimed → sending → sent → delivered → read
   ↑        |          |       └──────┴→ failed  (a delivery event says so)
   |        |          +→ retrying | paused   (the provider said: later; said: your account)  → queued
   |        |          +→ rejected            (the provider said: never)
   |        |          +→ unconfirmed         (nobody knows: a delivery event or a person decides, or it is sent again)
   |        |          |    or retrying, where the provider knows the request again by its key
   |        +→ silent                         (the book says nothing)
   +--------+  its worker died: the sweeper makes it ready again; three times: given_up
any state that has not sent → window_closed, when the 24 hours are over; or templated, where the book has a template
sending, sent → queued, when the provider says that the 24 hours are over, and from there to one of these
sending, unconfirmed → queued, when a part of a long reply is sent and others follow; each is an attempt of its own
"""

from worker.ledger.claims import (
    Attempt,
    Claim,
    Delivery,
    DeliveryEvent,
    Health,
    Moved,
    Notice,
    Part,
    Settled,
    Swept,
    Verdict,
    Waiting,
    read_correlation_id,
)
from worker.ledger.ledger import Ledger, WhenUnconfirmed
from worker.ledger.noticing import DueNotice, NoticeSettled, TakenNotices
from worker.ledger.operating import Operating, Result
from worker.ledger.overview import Overview, Wanted
from worker.ledger.people import is_number, spellings
from worker.ledger.reading import Load
from worker.ledger.record import Record, State, TakenIn, Unreadable
from worker.ledger.scripts import LedgerDamaged, LedgerUnavailable
from worker.ledger.status import AccountStatus, Status
from worker.ledger.story import Story
from worker.ledger.times import Times

__all__ = [
    "AccountStatus",
    "Attempt",
    "Claim",
    "Delivery",
    "DeliveryEvent",
    "DueNotice",
    "Health",
    "Ledger",
    "LedgerDamaged",
    "LedgerUnavailable",
    "Load",
    "Moved",
    "Notice",
    "NoticeSettled",
    "Operating",
    "Overview",
    "Part",
    "Record",
    "Result",
    "Settled",
    "State",
    "Status",
    "Story",
    "Swept",
    "TakenIn",
    "TakenNotices",
    "Times",
    "Unreadable",
    "Verdict",
    "Waiting",
    "Wanted",
    "WhenUnconfirmed",
    "is_number",
    "read_correlation_id",
    "spellings",
]
