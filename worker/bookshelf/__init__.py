"""The book in force in each worker, and what the workers say of theirs.

`Shelf` replaces the book when its file changes; `Reporter` tells Redis of it; `Reports` reads what all workers told,
on all hosts, and asks them to look now. A worker without Redis has its `Shelf` all the same. `Keeper` keeps the book
in force in Redis, for a worker that starts while its file is bad. `Library` shows the books to whoever has Redis alone,
`History` those that were in force before; `write_book` puts another into a book's file.
"""

from worker.bookshelf.history import History, Past, open_history
from worker.bookshelf.keeper import Keeper, NoBook, insist_on_a_book, open_shelf
from worker.bookshelf.kept import Kept, open_kept
from worker.bookshelf.library import Library, Shelved, open_library
from worker.bookshelf.reporter import Reporter
from worker.bookshelf.reports import Answers, Report, Reports, differing, open_reports
from worker.bookshelf.shelf import Edition, Refusal, Shelf
from worker.bookshelf.writing import NotWritten, Overtaken, why_not, write_book

__all__ = [
    "Answers",
    "Edition",
    "History",
    "Keeper",
    "Kept",
    "Library",
    "NoBook",
    "NotWritten",
    "Overtaken",
    "Past",
    "Refusal",
    "Report",
    "Reporter",
    "Reports",
    "Shelf",
    "Shelved",
    "differing",
    "insist_on_a_book",
    "open_history",
    "open_kept",
    "open_library",
    "open_reports",
    "open_shelf",
    "why_not",
    "write_book",
]
