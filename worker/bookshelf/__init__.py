"""The book in force in each worker, and what the workers say of theirs.

`Shelf` replaces the book when its file changes; `Reporter` tells Redis of it; `Reports` reads what all workers told,
on all hosts, and asks them to look now. A worker without Redis has its `Shelf` all the same. `Keeper` keeps the book
in force in Redis, for a worker that starts while its file is bad.
"""

from worker.bookshelf.keeper import Keeper, NoBook, insist_on_a_book, open_shelf
from worker.bookshelf.kept import Kept, open_kept
from worker.bookshelf.reporter import Reporter
from worker.bookshelf.reports import Answers, Report, Reports, differing, open_reports
from worker.bookshelf.shelf import Edition, Refusal, Shelf

__all__ = [
    "Answers",
    "Edition",
    "Keeper",
    "Kept",
    "NoBook",
    "Refusal",
    "Report",
    "Reporter",
    "Reports",
    "Shelf",
    "differing",
    "insist_on_a_book",
    "open_kept",
    "open_reports",
    "open_shelf",
]
