"""Pull requests to a small repository: each head is reviewed once, whatever is pushed, forged, repeated or refused."""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from functions.core.workflows.ends import END_STATES
from hookline.demo import pulls
from hookline.demo.flow import Act, Check, Delivery, Evidence, Fault, Flow, Run, SandboxCall, Table
from hookline.demo.posted import Hub
from hookline.demo.pulls import PullRequest, Push

MANAGER = "code_review"
MEMBERS = ("lint_reviewer", "secrets_reviewer", "dependency_reviewer", "tests_reviewer", "design_reviewer")
BASE = "shop"
PATIENCE = 120.0  # seconds: six agents and a connector start cold, each several times on a slow machine


def acts(run: Run) -> Sequence[Act]:
    """The acts; the repository is made before the first delivery."""
    repository = Repository(run.own())
    clean, closed, late = (repository.opened(one) for one in (pulls.CLEAN, pulls.CLOSED, pulls.LATE))
    clean = replace(clean, prepare=[repository.base, *clean.prepare])
    forged = replace(repository.opened(pulls.FORGED, "somebody without the secret"), kind="forged")
    before = repository.pushed(pulls.LATE, pulls.LATE.later[0], "the delivery of the first, which comes late")
    after = repository.pushed(pulls.LATE, pulls.LATE.later[1], "two pushes, and the delivery of the second")
    every = (
        Act(
            "A clean pull request",
            "Specialists read it at the same time, and the check run says it all: no comment disturbs anybody.",
            [
                clean,
                Check("it has one check run, and no comment", lambda seen: _is_reviewed(seen, pulls.CLEAN)),
                clean.again("the same delivery, sent again"),
                Check("it still has one", lambda seen: _is_reviewed(seen, pulls.CLEAN)),
            ],
        ),
        Act(
            "A secret, a look-alike dependency, and faults in three languages",
            "One review each, and one comment for each fault, on its line. The three runs go on at once.",
            [
                repository.opened(pulls.SECRET, "a key in a file of settings"),
                repository.opened(pulls.DEPENDENCY, "a name one slip away from another, and a lowered version"),
                repository.opened(pulls.LANGUAGES, "faults in Python, JavaScript and Go"),
                *(_reviewed(one) for one in (pulls.SECRET, pulls.DEPENDENCY, pulls.LANGUAGES)),
            ],
            at_once=True,
        ),
        Act(
            "A push while the review is under way",
            "The run of the first head ends as superseded: what it would have said is about code that is not there.",
            [
                _slow(),
                repository.opened(pulls.PUSHED_AGAIN, "a pull request with a fault"),
                repository.pushed(pulls.PUSHED_AGAIN, pulls.PUSHED_AGAIN.later[0], "its author replaces the code"),
                _reviewed(pulls.PUSHED_AGAIN, pulls.PUSHED_AGAIN.later[0]),
                _silent_about_the_head_before(pulls.PUSHED_AGAIN),
            ],
            at_once=True,
        ),
        Act(
            "A delivery that comes late",
            "GitHub promises no order. The older head's delivery comes last, and nothing is written about it.",
            [
                late,
                replace(after, prepare=[before.made] if before.made else []),
                before,
                _reviewed(pulls.LATE, pulls.LATE.later[1]),
                _silent_about_the_head_before(pulls.LATE),
            ],
        ),
        Act(
            "A pull request that is closed during its review",
            "Closing ends the run. Nothing is written to what is closed.",
            [
                _slow(),
                closed,
                repository.acts_on(pulls.CLOSED, "close", "its author closes it"),
                Check("its run is superseded", lambda seen: _ends(seen, pulls.CLOSED) == ["superseded"]),
                Check("nothing is posted to it", lambda seen: Hub.of(seen).is_silent(pulls.CLOSED.name)),
            ],
            at_once=True,
        ),
        Act(
            "Deliveries that GitHub did not send",
            "The answer is 401 and one word. The pull request is there, and nobody was woken for it.",
            [
                forged,
                replace(forged, story="somebody without a signature", kind="unsigned", prepare=()),
                Check("nothing is posted to it", lambda seen: Hub.of(seen).is_silent(pulls.FORGED.name)),
            ],
        ),
        Act(
            "A fork with hostile text",
            "Its title, text, files and comments tell reviewers what to do. The fault that they hide is reported.",
            [
                repository.opened(pulls.HOSTILE, "mallory's fork: ignore all previous instructions"),
                _reviewed(pulls.HOSTILE),
                Check("what its author wrote acts nowhere", lambda seen: not _is_steered(seen, pulls.HOSTILE)),
                Check("no review approves anything", lambda seen: not Hub.of(seen).approvals),
            ],
        ),
        Act(
            "300 files",
            "What people did not write is not read, and is named: nothing is left out in silence.",
            [
                repository.opened(pulls.LARGE, "a library, generated clients, pictures, and one fault"),
                _reviewed(pulls.LARGE),
                Check(
                    "what was left out is named",
                    lambda seen: Hub.of(seen).says(pulls.LARGE.name, pulls.LARGE.left_out),
                ),
            ],
        ),
        Act(
            "GitHub fails, limits and refuses",
            "Each review is there once in the end. A refused one is looked for first, then written without lines.",
            [
                Fault(
                    "GitHub answers 503 to the first two requests about a pull request",
                    "github",
                    {"fault": "status", "status": 503, "times": 2, "match": {"path": "/repositories/*/pulls/*"}},
                ),
                repository.opened(pulls.UNAVAILABLE, "a pull request while GitHub fails"),
                _reviewed(pulls.UNAVAILABLE),
                _set(repository.opened(pulls.LIMITED, "a pull request over a rate limit"), secondary=2, retry_after=1),
                _reviewed(pulls.LIMITED),
                _set(repository.opened(pulls.REFUSED, "a review that GitHub refuses (422)"), refuse_reviews=1),
                Check("it has one review, and its text names the fault", _is_in_the_text),
            ],
        ),
    )
    return [replace(act, patience=PATIENCE) for act in every]


def _load(run: Run) -> Sequence[Delivery]:
    """Four pull requests to a repository of their own: three with faults, and a clean one."""
    repository = Repository(run.own())
    first, *others = (repository.opened(one) for one in (pulls.SECRET, pulls.DEPENDENCY, pulls.LANGUAGES, pulls.CLEAN))
    return [replace(first, prepare=[repository.base, *first.prepare]), *others]


@dataclass(frozen=True)
class Repository:
    """Branches of a repository: the base, and one for each pull request, each with `own` at its end."""

    own: str

    @cached_property
    def base(self) -> SandboxCall:
        """The call that makes the base, with the repository's files."""
        return SandboxCall("github", "commits", {"branch": self._branch(BASE), "files": dict(pulls.REPOSITORY)})

    def opened(self, pull: PullRequest, story: str = "") -> Delivery:
        """The delivery about a new pull request."""
        body = {"base": self._branch(BASE), "title": pull.title, "body": pull.body}
        made = SandboxCall("github", "pulls", self._of(pull) | body)
        return Delivery(story or pull.title, "github", prepare=[self._commit(pull, pull.push)], made=made)

    def pushed(self, pull: PullRequest, push: Push, story: str) -> Delivery:
        """The delivery about a push to an open pull request."""
        return Delivery(story, "github", made=self._commit(pull, push))

    def acts_on(self, pull: PullRequest, action: str, story: str) -> Delivery:
        """The delivery about what its author does to it: "close", "reopen", …"""
        return Delivery(story, "github", made=SandboxCall("github", "pulls/of", self._of(pull) | {"action": action}))

    def _commit(self, pull: PullRequest, push: Push) -> SandboxCall:
        body = {"base": self._branch(BASE), "files": dict(push.files), "message": f"{pull.name} {self.own}"}
        return SandboxCall("github", "commits", self._of(pull) | body)

    def _of(self, pull: PullRequest) -> dict[str, Any]:
        return {"branch": self._branch(pull.name), **({"fork": pull.fork} if pull.fork else {})}

    def _branch(self, name: str) -> str:
        return f"{name}-{self.own}"


def _set(delivery: Delivery, **settings: Any) -> Delivery:
    """The delivery, before which GitHub's sandbox gets these settings."""
    return replace(delivery, prepare=[*delivery.prepare, SandboxCall("github", "settings", settings)])


def _slow() -> Fault:
    return Fault(
        "GitHub takes two seconds for each list of files",
        "github",
        {"fault": "slow", "seconds": 2, "times": 4, "match": {"path": "/repositories/*/pulls/*/files"}},
    )


def _reviewed(pull: PullRequest, push: Push | None = None) -> Check:
    """The latest push of a pull request is reviewed once, and each of its planted faults is named on its line."""
    what = "each planted fault is named on its line, and nothing else" if (push or pull.push).planted else "no comment"
    return Check(f"{pull.name}: one review, and {what}", lambda seen: _is_reviewed(seen, pull, push))


def _is_reviewed(seen: Evidence, pull: PullRequest, push: Push | None = None) -> bool:
    hub, planted = Hub.of(seen), (push or pull.push).planted
    return hub.is_reviewed_once(pull.name, planted) and hub.names(pull, planted)


def _is_in_the_text(seen: Evidence) -> bool:
    """A review that was refused has its findings in its text."""
    hub, (planted,) = Hub.of(seen), pulls.REFUSED.push.planted
    return hub.is_reviewed_once(pulls.REFUSED.name, [planted]) and hub.says(
        pulls.REFUSED.name, [planted.rule, f"line {planted.line}"]
    )


def _is_steered(seen: Evidence, pull: PullRequest) -> bool:
    return Hub.of(seen).is_steered(pull.name)


def _silent_about_the_head_before(pull: PullRequest) -> Check:
    return Check(
        f"{pull.name}: nothing is said about the head before",
        lambda seen: Hub.of(seen).is_silent_about_the_head_before(pull.name),
    )


def _runs(seen: Evidence, hub: Hub) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The runs of the workflow, each with the name of its pull request."""
    entities = {f"github:pull_request/{one['repository']}/{one['number']}": name for name, one in hub.pulls.items()}
    for run in seen.runs():
        about = json.loads(run["origin"])["entities"]
        name = next((entities[entity] for entity in about if entity in entities), "")
        if run["manager"] == MANAGER and name:
            yield name, run


def _ends(seen: Evidence, pull: PullRequest) -> list[str]:
    """How the runs of a pull request ended."""
    return [run["state"] for name, run in _runs(seen, Hub.of(seen)) if name == pull.name]


def _reviews(seen: Evidence) -> int:
    hub = Hub.of(seen)
    return sum(len(hub.on("reviews", name)) for name in hub.pulls)


def _comments(seen: Evidence) -> int:
    hub = Hub.of(seen)
    return sum(len(hub.on("line_comments", name)) for name in hub.pulls)


def _heads(seen: Evidence) -> int:
    """The commits that have a finished check run, which each reviewed head has."""
    hub = Hub.of(seen)
    return sum(any(one["status"] == "completed" for one in hub.checks(name, head)) for head, name in hub.heads.items())


def _superseded(seen: Evidence) -> int:
    return sum(run["state"] == "superseded" for _, run in _runs(seen, Hub.of(seen)))


def _rows(seen: Evidence) -> Iterator[Sequence[object]]:
    """A row for each head: the reviewers that answered, the comments, the conclusion, and how its run ended."""
    hub = Hub.of(seen)
    runs: dict[tuple[str, str], Mapping[str, Any]] = {}
    for name, run in _runs(seen, hub):
        entities = json.loads(run["origin"])["entities"]
        runs[name, next(one.rpartition("/")[2] for one in entities if one.startswith("github:commit/"))] = run
    for head, name in hub.heads.items():
        run = runs.get((name, head), {"tasks": (), "state": ""})
        answered = {task["member"] for task in run["tasks"] if task["status"] == "answered"}
        asked = {task["member"] for task in run["tasks"]}
        conclusions = [one["conclusion"] or one["status"] for one in hub.checks(name, head)]
        yield (
            name,
            head[:7],
            f"{len(answered)} of {len(asked)}" if asked else "",
            len(hub.on("line_comments", name, head)),
            ", ".join(conclusions),
            run["state"],
        )


def _effects(seen: Evidence) -> Iterator[Hashable]:
    return Hub.of(seen).effects()


FLOW = Flow(
    summary="pull requests to a small repository: clean, faulty, hostile, large, pushed again, closed and forged ones",
    agents=(MANAGER, *MEMBERS, "review_publisher"),
    acts=acts,
    outcomes={f"workflow.ended {state}": state for state in END_STATES},
    figures={"heads_reviewed": _heads, "reviews": _reviews, "comments": _comments, "superseded": _superseded},
    tables=[Table("The pull requests", ("name", "head", "reviewers", "comments", "conclusion", "run"), _rows)],
    effects=_effects,
    load=_load,
    within_ms=10_000,
)
