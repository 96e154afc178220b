"""The book in force in each worker, and what the workers say of theirs.

`Shelf` replaces the book when its file changes; `Reporter` tells Redis of it; `Reports` reads what all workers told,
on all hosts, and asks them to look now. A worker without Redis has its `Shelf` all the same.
"""

from worker.bookshelf.reporter import Reporter
from worker.bookshelf.reports import Answers, Report, Reports, open_reports
from worker.bookshelf.shelf import Refusal, Shelf

__all__ = ["Answers", "Refusal", "Report", "Reporter", "Reports", "Shelf", "open_reports"]
