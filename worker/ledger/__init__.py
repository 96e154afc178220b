"""The ledger: one record in Redis for each message, changed by scripts alone, each of which checks before it sets.

queued → claimed → sending → sent → delivered → read
   ↑        |          |       └──────┴→ failed  (a delivery event says so)
   |        |          +→ retrying | paused   (the provider said: later; said: your account)  → queued
   |        |          +→ rejected            (the provider said: never)
   |        |          +→ unconfirmed         (nobody knows: a delivery event or a person decides, or it is sent again)
   |        |          |    or retrying, where the provider knows the request again by its key
   |        +→ silent                         (the book says nothing)
   +--------+  its worker died: the sweeper makes it ready again; three times: given_up
(a reply by hand) → queued               (decided already: no book is asked, and nothing goes out in its place)
any state that has not sent → window_closed, when the 24 hours are over; or templated, where the book has a template
sending, sent → queued, when the provider says that the 24 hours are over, and from there to one of these
failed, rejected, given_up, unconfirmed → queued | discarded, when an operator says so
sending, unconfirmed → queued, when a part of a long reply is sent and others follow; each is an attempt of its own
"""

from worker.ledger.bulk import ACTS_ON, Action, Bulk, BulkState
from worker.ledger.changing import Result, Why
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
from worker.ledger.conversations import ConversationPage, Talk, TalkLine, Talks
from worker.ledger.doorkeeping import Doorkeeping
from worker.ledger.finding import Found, FoundBy
from worker.ledger.hits import RuleHits
from worker.ledger.jobs import Job, JobPage, Registry, RqView, RqWorker
from worker.ledger.ledger import Ledger, WhenUnconfirmed
from worker.ledger.needs import Closing, Need, NeedKind, NeedsYou
from worker.ledger.noticing import DueNotice, NoticeSettled, TakenNotices
from worker.ledger.operating import Operating
from worker.ledger.overview import Overview
from worker.ledger.pages import Counted, Page
from worker.ledger.people import is_number, spellings
from worker.ledger.reading import Load
from worker.ledger.record import Record, State, TakenIn, Unreadable
from worker.ledger.scripts import LedgerDamaged, LedgerRefused, LedgerUnavailable
from worker.ledger.series import Minute, Series
from worker.ledger.status import AccountState, AccountStatus, Status
from worker.ledger.story import Story
from worker.ledger.times import Times
from worker.ledger.trail import TrailEntry, TrailPage
from worker.ledger.wanted import Wanted

__all__ = [
    "ACTS_ON",
    "AccountState",
    "AccountStatus",
    "Action",
    "Attempt",
    "Bulk",
    "BulkState",
    "Claim",
    "Closing",
    "ConversationPage",
    "Counted",
    "Delivery",
    "DeliveryEvent",
    "Doorkeeping",
    "DueNotice",
    "Found",
    "FoundBy",
    "Health",
    "Job",
    "JobPage",
    "Ledger",
    "LedgerDamaged",
    "LedgerRefused",
    "LedgerUnavailable",
    "Load",
    "Minute",
    "Moved",
    "Need",
    "NeedKind",
    "NeedsYou",
    "Notice",
    "NoticeSettled",
    "Operating",
    "Overview",
    "Page",
    "Part",
    "Record",
    "Registry",
    "Result",
    "RqView",
    "RqWorker",
    "RuleHits",
    "Series",
    "Settled",
    "State",
    "Status",
    "Story",
    "Swept",
    "TakenIn",
    "TakenNotices",
    "Talk",
    "TalkLine",
    "Talks",
    "Times",
    "TrailEntry",
    "TrailPage",
    "Unreadable",
    "Verdict",
    "Waiting",
    "Wanted",
    "WhenUnconfirmed",
    "Why",
    "is_number",
    "read_correlation_id",
    "spellings",
]
