"""How right the code review is on a labelled set that the project made itself, per reviewer and merged.

A comment is right if a finding was planted at its place for its reviewer. No rule was tuned on the held-out half,
but for one after its first run; who wrote the rules wrote the set. The figures are the same in each run, but for the
times.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from bench.checks import Check, show
from bench.pulls import Label, Pull, pulls
from functions.agents.dependency_reviewer.review import dependencies
from functions.agents.lint_reviewer.review import lint
from functions.agents.review_publisher.review import merged
from functions.agents.secrets_reviewer.review import secrets
from functions.agents.tests_reviewer.review import untested
from functions.api.changes import Change, Finding, read_report, report_of

REVIEWERS: Mapping[str, Callable[[Change], Sequence[Finding]]] = {
    "dependency": dependencies,
    "lint": lint,
    "secrets": secrets,
    "tests": untested,
}
PRECISION = 0.9  # at least, of the merged review
NOISE = 0.05  # comments on a clean pull request, at most


@dataclass(frozen=True)
class Said:
    """One comment at a place, and the reviewers behind it."""

    path: str
    line: int
    reviewers: frozenset[str]

    def fits(self, label: Label) -> bool:
        """Whether it is what the label was planted for."""
        return label.path == self.path and label.line in (0, self.line) and label.reviewer in self.reviewers


@dataclass(frozen=True)
class Score:
    """What was said and found on some pull requests."""

    right: int
    wrong: int
    found: int
    planted: int
    on_clean: int
    clean: int

    @property
    def precision(self) -> float:
        """The share of comments that are right; 1 without a comment."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of planted findings that were found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def noise(self) -> float:
        """Comments on each clean pull request."""
        return self.on_clean / self.clean if self.clean else 0.0


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    known = pulls()
    clean = sum(not one.labels for one in known)
    print(f"\nreviews: {len(known)} pull requests, made by the project itself: {len(known) - clean} with planted")
    print(f"findings, {clean} clean; half of them held out. precision, recall, comments per clean pull request:")
    print(f"  {'':12}{'held out':>22}{'all':>22}")
    comments: dict[str, dict[str, list[Said]]] = {name: {} for name in (*REVIEWERS, "merged")}
    began = perf_counter()
    for pull in known:
        for name, on_pull in reviewed(pull).items():
            comments[name][pull.name] = on_pull
    seconds = perf_counter() - began
    for name, said in comments.items():
        own = None if name == "merged" else name
        parts = [score([one for one in known if one.held_out], said, own), score(known, said, own)]
        print(f"  {name:12}" + "".join(f"{one.precision:8.2f}{one.recall:7.2f}{one.noise:7.3f}" for one in parts))
    print("  a model reviews the design, and is not measured here")
    print(f"  {seconds / len(known) * 1e3:.1f} ms for a pull request, one reviewer after the other")
    whole = score(known, comments["merged"], None)
    checks = [
        Check("share of wrong comments of the merged review", 1 - whole.precision, 1 - PRECISION),
        Check("comments on a clean pull request", whole.noise, NOISE),
    ]
    show(checks)
    return checks


def reviewed(pull: Pull) -> Mapping[str, list[Said]]:
    """What each reviewer says, by its report as the manager reads it, and what the merged review does."""
    reports = {name: read_report(report_of(find(pull.change), pull.change)) for name, find in REVIEWERS.items()}
    said = {
        name: [Said(one.path, one.line, frozenset({name})) for one in report.findings]
        for name, report in reports.items()
    }
    by = {(one.path, one.line, one.rule): name for name, report in reports.items() for one in report.findings}
    review = merged(pull.change, reports)
    said["merged"] = [
        Said(one.path, one.line, frozenset(by[(one.path, one.line, finding.rule)] for finding in one.findings))
        for one in review.comments
    ]
    return said


def score(known: Sequence[Pull], said: Mapping[str, Sequence[Said]], reviewer: str | None) -> Score:
    """The score of one reviewer, or with None of all of them together."""
    right = wrong = found = planted = on_clean = 0
    for pull in known:
        labels = [one for one in pull.labels if reviewer in (None, one.reviewer)]
        fitting = [one for one in said[pull.name] if any(one.fits(label) for label in labels)]
        right, wrong = right + len(fitting), wrong + len(said[pull.name]) - len(fitting)
        found += sum(any(one.fits(label) for one in said[pull.name]) for label in labels)
        planted += len(labels)
        on_clean += len(said[pull.name]) if not pull.labels else 0
    return Score(right, wrong, found, planted, on_clean, sum(not one.labels for one in known))
