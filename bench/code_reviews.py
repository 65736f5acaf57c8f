"""A simulated account with the whole code review, at GitHub's sandbox: real handlers, and faults if they are planned.

The verifier gets signed deliveries; the manager, its members and the connector are the deployed ones. The queues, the
bus and Lambda are models, DynamoDB is moto's, and the sandbox's repository is a real one.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from botocore.session import get_session

from functions.api.sandbox import Request
from functions.core.platform.log import log
from functions.core.platform.platform import Platform
from functions.providers.bedrock.connector import MANIFEST as BEDROCK
from functions.providers.github.connector import MANIFEST as CONNECTOR
from functions.providers.github.sandbox import GitHub
from functions.providers.github.sandbox.account import HELLO
from functions.providers.github.source import MANIFEST as SOURCE
from hookline.simulation import declared
from hookline.simulation.account import Account
from hookline.simulation.faults import Died, Faults
from hookline.simulation.powertools import powertools_on
from hookline.simulation.process import Process
from hookline.simulation.tables import Tables
from hookline.simulation.wiring import Wiring
from hookline.simulation.world import World
from hookline.testing.signing import sign
from infra import naming

START = 1_790_000_100.0
FLOW = "code-review"
MANAGER, PUBLISHER = "code_review", "review_publisher"
REVIEWERS = ("lint_reviewer", "secrets_reviewer", "dependency_reviewer", "tests_reviewer", "design_reviewer")
AGENTS = (MANAGER, *REVIEWERS, PUBLISHER)
SECRET = "the secret of these webhooks"  # noqa: S105 - of the simulation alone
URL = "https://hooks.example.test/webhooks/github"
SENDER = "140.82.112.1"  # of GitHub's published addresses
MOST_SENT, SENT_AGAIN = 10, 60.0  # times, and seconds
MOST_REDRIVES = 10
# converse(arguments) -> what Bedrock answers
Converse = Callable[..., Any]


def wiring() -> Wiring:
    """What the stacks of the flow's agents deploy, as one account."""
    agents = [import_module(f"functions.agents.{name}.manifest").MANIFEST for name in AGENTS]
    return declared.wiring(agents, [CONNECTOR, BEDROCK], [SOURCE], {}, {})


class Reviews(AbstractContextManager["Reviews"]):
    """The account. `faults` plans what fails; `converse` is Bedrock, which refuses without it."""

    def __init__(self, name: str, faults: Faults = lambda number, label: "", converse: Converse | None = None) -> None:
        wired = wiring()
        names = {naming.agent(one) for one in AGENTS}
        self.account = _WithBedrock(
            converse or _refused,
            wiring=wired,
            now=START,
            runs=names,
            dynamodb=Tables(wired.tables),
            secrets={
                naming.GRANT_KEY: "the grant key of the simulation, 32 characters or more",
                naming.signing_secret("github"): SECRET,
                naming.credential("github"): GitHub.credential,
            },
            faults=faults,
            name=name,
        )
        self.world: World = self.account.world
        self.sandbox = GitHub(self.account.clock)
        self.account.provider = _AtGitHub(self.sandbox, self.account.sleep)
        self._names = names
        self._time = powertools_on(self.account.clock)
        self._time.__enter__()
        self._level = log.log_level
        log.setLevel("ERROR")
        self._branches = 0

    def __exit__(self, *_: object) -> None:
        self.world.end()
        self._time.__exit__(None, None, None)
        log.setLevel(self._level)

    def control(self, path: str, *, copies: int = 1, **given: Any) -> dict[str, Any]:
        """What people do at GitHub; what it delivers because of it is sent, as often as `copies` says."""
        body = json.dumps(given).encode()
        answer: dict[str, Any] = json.loads(self.sandbox.control("POST", path, body).body)
        for one in answer.get("deliveries", []) * copies:
            self.world.start(partial(self._send, one))
        return answer

    def open(self, files: Mapping[str, Any], *, copies: int = 1, fork: str = "", **given: Any) -> "Opened":
        """Open a pull request from a branch of its own."""
        self._branches += 1
        place: dict[str, Any] = {"branch": f"work{self._branches}", **({"fork": fork} if fork else {})}
        self.control("commits", files=_entries(files), **place)
        made = self.control("pulls", copies=copies, **place, **given)
        return Opened(self, place, made["number"], made["head"])

    def settle(self, seconds: float | None = None) -> None:
        """Let the account work for so many seconds, or until nothing is left, and redrive dead letters."""
        if seconds is not None:
            self.world.run(self.world.now + seconds)
            return
        self.world.run()
        for _ in range(MOST_REDRIVES):
            queues = self.account.queues
            letters = [(name, body) for name in self._names for body in queues[naming.dead_letters(name)].bodies]
            if not letters:
                return
            for name, body in letters:
                queues[naming.dead_letters(name)].messages.clear()
                queues[name].send(body)
            self.world.run()

    @property
    def dead_letters(self) -> list[str]:
        """The names of the agents that have dead letters."""
        return sorted(name for name in self._names if self.account.queues[naming.dead_letters(name)].bodies)

    def state(self) -> dict[str, Any]:
        """What GitHub has."""
        found: dict[str, Any] = json.loads(self.sandbox.control("GET", "state", b"").body)
        return found

    def published(self, type: str) -> list[dict[str, Any]]:
        """The events of a type that were published, each once."""
        return list({one["id"]: one for one in self.account.bus.published if one["type"] == type}.values())

    def _send(self, delivery: Mapping[str, Any]) -> None:
        body = json.dumps(delivery["payload"]).encode()
        headers = delivery["headers"]
        signed = sign("github", method="POST", url=URL, headers=headers, body=body, secret=SECRET, now=self.world.now)
        request = {
            "requestContext": {"http": {"method": "POST", "sourceIp": SENDER}},
            "headers": {**headers, "content-type": "application/json", **signed},
            "rawQueryString": "",
            "body": body.decode(),
        }
        for _ in range(MOST_SENT):  # GitHub sends once; the reconciliation, or a person, lets it send again
            try:
                if self.account.invoke(naming.verifier("github"), request)["statusCode"] == 200:
                    return
            except Died:
                pass
            self.account.sleep(SENT_AGAIN)
        raise RuntimeError(f"the verifier did not take {headers['x-github-delivery']}")


class Opened:
    """A pull request at the sandbox, and what was written on it."""

    def __init__(self, reviews: Reviews, place: Mapping[str, str], number: int, head: str) -> None:
        self._reviews = reviews
        self._place = place
        self.number = number
        self.heads = [head]

    def push(self, files: Mapping[str, Any], *, copies: int = 1) -> None:
        """Push a commit."""
        made = self._reviews.control("commits", copies=copies, files=_entries(files), **self._place)
        self.heads.append(made["sha"])

    def act(self, action: str, **given: Any) -> None:
        """Close, merge, reopen, edit it, or make it ready."""
        self._reviews.control(f"pulls/{self.number}", action=action, **given)

    def written(self, kind: str) -> list[dict[str, Any]]:
        """The reviews, line_comments or comments on it."""
        of = [HELLO, self.number]
        return [one for one in self._reviews.state()[kind] if one["pull"] == of]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The check runs of its heads."""
        return [one for one in self._reviews.state()["checks"] if one["of"][1] in self.heads]


def _entries(files: Mapping[str, Any]) -> dict[str, Any]:
    return {path: {"text": value} if isinstance(value, str) else value for path, value in files.items()}


def _refused(**_: Any) -> Any:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no model"}}, "Converse")


class _WithBedrock(Account):
    """An account with a model."""

    def __init__(self, converse: Converse, **given: Any) -> None:
        model = get_session().get_service_model("bedrock-runtime")
        self._bedrock = SimpleNamespace(meta=SimpleNamespace(service_model=model), converse=converse)
        super().__init__(**given)

    def platform(self, process: Process, environ: Mapping[str, str]) -> Platform:
        """The platform of a process, with Bedrock's client."""
        made = super().platform(process, environ)

        def patient(service: str, seconds: int) -> Any:
            return self._bedrock if service == "bedrock-runtime" else made.patient_client(service, seconds)

        return replace(made, patient_client=patient)


class _AtGitHub:
    """GitHub as the connector meets it."""

    def __init__(self, sandbox: GitHub, sleep: Callable[[float], None]) -> None:
        self._sandbox = sandbox
        self._sleep = sleep

    def request(self, method: str, url: str, **request: Any) -> Any:
        """Answer a request of the connector, which has headers and a body."""
        headers, body = request["headers"], request["body"]
        parts = urlsplit(url)
        lower = {name.lower(): value for name, value in headers.items()}
        made = self._sandbox.handle(Request(method, parts.path, parts.query, lower, body or b""))
        return _Answer(made.status, made.body, made.headers)


class _Answer:
    """What a pool returns."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status, self.headers, self.connection = status, headers, None
        self._content = body

    def read1(self, amount: int, decode_content: bool = True) -> bytes:
        """The next part of the body."""
        content, self._content = self._content[:amount], self._content[amount:]
        return content

    def release_conn(self) -> None:
        """Nothing is held."""
