"""What an agent imports to review a proposed change to code: its files and lines, findings and reports."""

from functions.core.changes.change import Change, ChangedFile, changed_file
from functions.core.changes.findings import (
    LONGEST_UNREAD,
    WORST,
    Finding,
    ReviewerReport,
    Severity,
    on_changed_lines,
    plain,
    quoted,
    ranked,
    read_report,
    report_of,
)
from functions.core.changes.languages import PROGRAMS, is_lock, is_test, language_of
from functions.core.changes.patches import PatchLine, PatchUnreadable, patch_lines
from functions.core.changes.reading import ANOTHER_HEAD, Proposed, Reading, read_change, reported

__all__ = [
    "ANOTHER_HEAD",
    "LONGEST_UNREAD",
    "PROGRAMS",
    "WORST",
    "Change",
    "ChangedFile",
    "Finding",
    "PatchLine",
    "PatchUnreadable",
    "Proposed",
    "Reading",
    "ReviewerReport",
    "Severity",
    "changed_file",
    "is_lock",
    "is_test",
    "language_of",
    "on_changed_lines",
    "patch_lines",
    "plain",
    "quoted",
    "ranked",
    "read_change",
    "read_report",
    "report_of",
    "reported",
]
