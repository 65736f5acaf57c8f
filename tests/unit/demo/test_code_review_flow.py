"""The flow of code reviews: the sandbox makes its deliveries, and its checks tell a good review from a bad one."""

import json
from functools import cached_property
from types import SimpleNamespace

import pytest

from functions.api.sandbox import Request
from functions.core.gate.installations import app_jwt
from functions.providers.github.sandbox import GitHub
from functions.providers.github.sandbox.account import HELLO
from functions.providers.github.sandbox.key import APP_ID, private_key
from functions.providers.github.sandbox.objects import INSTALLATION
from hookline.demo import pulls
from hookline.demo.flow import Check, Delivery, Evidence, Run
from hookline.demo.flows import code_review
from hookline.demo.handled import Subscribers
from hookline.demo.posted import Hub, steers
from hookline.demo.results import _twice
from hookline.demo.watch import Watch

NOW = 1_790_000_000.0
RUN = Run("ab" * 6, NOW)
REPOSITORY = f"/repositories/{HELLO}"
UNREAD = "Not reviewed: 100 vendored, 80 generated, 20 binary, 1 submodule, `latin.txt` (not UTF-8), "


class Stack:
    """The sandbox, what follows a run on it, and a reviewer that posts the given comments."""

    def __init__(self):
        self.github = GitHub(lambda: NOW)
        self.watch = Watch(
            SimpleNamespace(sandboxes=SimpleNamespace(control=self._control)), None, Subscribers({}, []), before={}
        )
        self.runs = []

    def _control(self, method, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        return json.loads(self.github.control(method, path.removeprefix("/_sandbox/github/"), data).body)

    @cached_property
    def token(self):
        jwt = app_jwt(str(APP_ID), private_key(), NOW)
        return self.ask(f"/app/installations/{INSTALLATION}/access_tokens", {}, jwt)["token"]

    def ask(self, path, body, token=None):
        given = {"authorization": f"Bearer {token or self.token}"}
        answer = self.github.handle(Request("POST", path, headers=given, body=json.dumps(body).encode()))
        return json.loads(answer.body)

    def check(self, head, **more):
        done = {"name": "code-review", "head_sha": head, "status": "completed", "conclusion": "neutral"}
        self.ask(f"{REPOSITORY}/check-runs", {**done, **more})

    def review(self, name, planted, **more):
        pull = self.hub.pulls[name]
        lines = [{"path": one.path, "line": one.line, "body": f"**high** `{one.rule}`: wrong."} for one in planted]
        body = {"event": "COMMENT", "body": "Findings.", "commit_id": pull["head_sha"], "comments": lines, **more}
        self.ask(f"{REPOSITORY}/pulls/{pull['number']}/reviews", body)

    @property
    def state(self):
        return json.loads(self.github.control("GET", "state", b"").body)

    @property
    def evidence(self):
        return Evidence(RUN, {}, lambda provider: self.state, lambda: self.runs)

    @property
    def hub(self):
        return Hub.of(self.evidence)


def reviewed(stack, pull, push):
    """What a good review of a push posts."""
    unread = f"{UNREAD}`data/rates.csv` (too large)." if pull.left_out else ""
    stack.check(stack.hub.pulls[pull.name]["head_sha"], output={"title": "Review", "summary": f"Done. {unread}"})
    if pull is pulls.REFUSED:
        (fault,) = push.planted
        stack.review(pull.name, [], body=f"`{fault.path}`, line {fault.line}: `{fault.rule}`")
    elif push.planted:
        stack.review(pull.name, push.planted)


@pytest.fixture(scope="module")
def played():
    """Every pull request of the flow, each with a good review; and what the checks found on the way."""
    stack, found, pushes = Stack(), {}, {one.name: [one.push, *one.later] for one in pulls.ALL}
    silent = (pulls.CLOSED, pulls.FORGED)
    for act in code_review.acts(RUN):
        for step in act.steps:
            if isinstance(step, Delivery):
                stack.watch.prepare(call for call in step.prepare if call.path != "settings")
                made = stack.watch.made(step)
                assert json.loads(made.body)["repository"]["id"] == HELLO and made.headers["x-github-delivery"]
            elif isinstance(step, Check):
                hub = stack.hub
                for pull in pulls.ALL:
                    if pull.name in hub.pulls and not hub.checks(pull.name) and pull not in silent:
                        reviewed(stack, pull, pushes[pull.name][-1])
                entity = {"entities": [f"github:pull_request/{HELLO}/{number(stack, pulls.CLOSED)}"]}
                stack.runs = [{"manager": "code_review", "state": "superseded", "origin": json.dumps(entity)}]
                found[f"{act.title}: {step.story}"] = step.holds(stack.evidence)
    stack.runs = []
    return stack, found


def number(stack, pull):
    """The number of a pull request, 0 if it is not open yet."""
    return stack.hub.pulls.get(pull.name, {"number": 0})["number"]


def test_every_check_holds_for_good_reviews(played):
    """With the sandbox's own pull requests, of real commits."""
    _, found = played
    assert [story for story, holds in found.items() if not holds] == [] and len(found) > 15


def test_the_pull_requests_are_those_that_the_flow_tells(played):
    """A fork, one of 300 files, a closed one; the late one has three heads."""
    stack, _ = played
    by_name = stack.hub.pulls
    assert list(by_name) == [one.name for one in sorted(pulls.ALL, key=lambda one: list(by_name).index(one.name))]
    assert by_name["hostile"]["fork"] == "mallory" and by_name["closed"]["state"] == "closed"
    assert len(pulls.LARGE.push.files) == 300
    assert list(stack.hub.heads.values()).count("late") == 3


def test_the_figures_are_counted_from_the_sandbox(played):
    """As many reviews as pull requests with faults, and one comment for each fault."""
    stack, _ = played
    spoken = [one for one in pulls.ALL if [one.push, *one.later][-1].planted and one.name not in ("closed", "forged")]
    comments = sum(len([one.push, *one.later][-1].planted) for one in spoken if one is not pulls.REFUSED)
    figures = {name: figure(stack.evidence) for name, figure in code_review.FLOW.figures.items()}
    assert figures == {
        "heads_reviewed": len(pulls.ALL) - 2, "reviews": len(spoken), "comments": comments, "superseded": 0,
    }  # fmt: skip
    assert _twice(code_review.FLOW.effects(stack.evidence)) == 0


def test_the_table_has_a_row_for_each_head(played):
    """With its reviewers where a run is known."""
    stack, _ = played
    head = stack.hub.pulls["clean"]["head_sha"]
    entities = [f"github:pull_request/{HELLO}/{number(stack, pulls.CLEAN)}", f"github:commit/{HELLO}/{head}"]
    tasks = [{"member": "a", "status": "answered"}, {"member": "b", "status": "failed"}]
    run = {"manager": "code_review", "state": "merged", "origin": json.dumps({"entities": entities}), "tasks": tasks}
    evidence = Evidence(RUN, {}, stack.evidence.sandbox, lambda: [run])
    rows = list(code_review.FLOW.tables[0].rows(evidence))
    assert len(rows) == len(stack.hub.heads)
    assert rows[0] == ("clean", head[:7], "1 of 2", 0, "neutral", "merged")


def test_a_load_opens_pull_requests_of_branches_of_their_own():
    """As often as it is asked for."""
    stack = Stack()
    for delivery in (*code_review._load(RUN), *code_review._load(RUN)):
        stack.watch.prepare(delivery.prepare)
        stack.watch.made(delivery)
    assert len(stack.hub.own) == 8 and len(set(stack.hub.heads)) == 8
    assert list(stack.hub.pulls) == ["secret", "dependency", "languages", "clean"]


def again(stack):
    stack.review("secret", [])


def elsewhere(stack):
    (fault,) = pulls.SECRET.push.planted
    stack.review("secret", [pulls.Planted(fault.path, fault.line + 1, fault.rule)])


def other_rule(stack):
    (fault,) = pulls.SECRET.push.planted
    stack.review("secret", [pulls.Planted(fault.path, fault.line, "swallowed-exception")])


def silence(stack):
    """Nothing is posted but the check run."""


def good(stack):
    stack.review("secret", pulls.SECRET.push.planted)


@pytest.mark.parametrize(
    ("posts", "holds"),
    [((good,), True), ((silence,), False), ((good, again), False), ((elsewhere,), False), ((other_rule,), False)],
)
def test_a_review_that_is_missing_double_or_elsewhere_is_seen(posts, holds):
    """So the checks of the flow can fail."""
    stack, repository = Stack(), code_review.Repository(RUN.own())
    delivery = repository.opened(pulls.SECRET)
    stack.watch.prepare([repository.base, *delivery.prepare])
    stack.watch.made(delivery)
    stack.check(stack.hub.pulls["secret"]["head_sha"])
    for post in posts:
        post(stack)
    assert code_review._is_reviewed(stack.evidence, pulls.SECRET) is holds
    assert _twice(code_review.FLOW.effects(stack.evidence)) == len(posts) - 1
    stack.check(stack.hub.pulls["secret"]["head_sha"])
    assert not code_review._is_reviewed(stack.evidence, pulls.SECRET)


@pytest.mark.parametrize(
    "text",
    ["LGTM", "see [details](https://x)", "hello @everyone", "<img src=x>", "<!-- hidden --> text", "Approve this"],
)
def test_a_text_that_acts_is_seen_and_the_same_as_code_does_not_act(text):
    """What is broken by a zero-width space does not act either."""
    assert steers(text)
    assert not steers(f"`{text}`") and not steers(f"```\n{text}\n```")
    assert not steers("hello @\u200beveryone <\u200bimg src=x>\n\n<!-- hookline-review abc name 1 -->")


def test_a_review_that_approves_is_counted(played):
    """The flow's check wants none."""
    stack, _ = played
    assert stack.hub.approvals == 0
    stack.review("hostile", [], event="APPROVE")
    assert stack.hub.approvals == 1
