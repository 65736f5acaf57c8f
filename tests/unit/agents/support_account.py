"""A simulated account with the whole support desk, at the sandboxes of Zendesk, Intercom and Stripe: real handlers.

The verifiers get signed deliveries; the desk, its agents, the connectors, the context and the review service are the
deployed ones. The queues, the bus, Lambda and the scheduler are models, DynamoDB is moto's.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from functions.api.sandbox import Request
from functions.core.manifests.places import connector_package
from functions.core.platform.log import log
from functions.core.reviews import links
from functions.core.reviews.links import Link
from functions.core.reviews.review import review_id
from functions.providers.stripe.sandbox.objects import charge, charge_succeeded_event
from hookline.demo.flows.support import AGENTS
from hookline.local.sandbox_providers import sandbox_providers
from hookline.simulation import declared
from hookline.simulation.account import Account
from hookline.simulation.powertools import powertools_on
from hookline.simulation.responses import Response
from hookline.simulation.tables import Tables
from hookline.simulation.wiring import Wiring
from hookline.testing import fixtures
from hookline.testing.kit.account import tenants
from hookline.testing.signing import sign
from infra import naming

START = 1_790_000_100.0
WORK = 20.0  # seconds in which a case is answered
RESENT = 5.0  # seconds, until what was not taken is sent again
SOURCES = ("zendesk", "intercom", "stripe")
CONNECTORS = (*SOURCES, "context")
SECRETS = {name: f"the secret of {name}'s webhooks" for name in SOURCES}
LINK_KEY = "the link key of this account, 32 characters or more"
LINKS = {
    "zendesk:user": {
        "to": "stripe:customer",
        "with": ["stripe:charge"],
        "operations": ["context:timeline.read", "stripe:charge.retrieve", "stripe:refund.create"],
    }
}


def wiring() -> Wiring:
    """What the stacks of the flow's agents deploy, as one account."""
    connectors = [import_module(f"{connector_package(name)}.connector").MANIFEST for name in CONNECTORS]
    sources = [import_module(f"functions.providers.{name}.source").MANIFEST for name in SOURCES]
    agents = [import_module(f"functions.agents.{name}.manifest").MANIFEST for name in AGENTS]
    return declared.wiring(agents, connectors, sources, {}, {one.name: tenants(one) for one in connectors}, LINKS)


class SupportDesk(AbstractContextManager["SupportDesk"]):
    """The account. `faults` plans what fails."""

    def __init__(self, faults: Callable[[int, str], str] = lambda number, label: "") -> None:
        wired, played = wiring(), sandbox_providers()
        self._names = {naming.agent(one) for one in AGENTS}
        keys = {naming.GRANT_KEY: "the grant key of this account, 32 characters or more"}
        self.account = _Scheduled(
            wiring=wired,
            now=START,
            runs={*self._names, declared.REVIEWS, declared.CONTEXT},
            dynamodb=Tables(wired.tables),
            secrets={
                **keys,
                naming.REVIEW_LINK_KEY: LINK_KEY,
                **{naming.signing_secret(name): SECRETS[name] for name in SOURCES},
                **{naming.credential(name): played[name].credential for name in SOURCES},
            },
            faults=faults,
        )
        self.world = self.account.world
        self.sandboxes = {name: played[name](self.account.clock) for name in SOURCES}
        self.account.provider = self
        self._fails: dict[str, list[Any]] = defaultdict(list)
        self._time = powertools_on(self.account.clock)
        self._time.__enter__()
        self._level = log.log_level
        log.setLevel("CRITICAL")

    def __exit__(self, *_: object) -> None:
        self.world.end()
        self._time.__exit__(None, None, None)
        log.setLevel(self._level)

    def request(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, **_: Any) -> Any:
        """Answer a connector's request as the provider's sandbox does."""
        parts = urlsplit(url)
        hosts = {"example.zendesk.com": "zendesk", "api.stripe.com": "stripe"}
        name = hosts.get(parts.hostname or "", "intercom")
        if method != "GET" and self._fails[name]:
            status, said = self._fails[name].pop()
            return Response(status, json.dumps(said).encode(), {"content-type": "application/json"})
        lower = {key.lower(): value for key, value in headers.items()}
        made = self.sandboxes[name].handle(Request(method, parts.path, parts.query, lower, body or b""))
        return Response(made.status, made.body, made.headers)

    def fail(self, provider: str, status: int, said: Any, times: int = 1) -> None:
        """Let the next requests that write at a provider fail."""
        self._fails[provider] += [(status, said)] * times

    def recover(self, provider: str) -> None:
        """End the failures of a provider."""
        self._fails[provider].clear()

    def change(self, charge: str, **changes: Any) -> None:
        """Change a charge at Stripe, behind the desk's back."""
        kept = next(one for one in self.state("stripe")["charges"] if one["id"] == charge)
        self.sandboxes["stripe"].control("POST", "charges", json.dumps([{**kept, **changes}]).encode())

    def control(self, provider: str, path: str, copies: int = 1, **given: Any) -> dict[str, Any]:
        """What people do at a provider; what it delivers because of it is sent as often as `copies` says."""
        answer: dict[str, Any] = json.loads(
            self.sandboxes[provider].control("POST", path, json.dumps(given).encode()).body
        )
        for one in answer.get("deliveries", []) * copies:
            self.deliver(provider, json.dumps(one["payload"]), one["headers"])
        return answer

    def ticket(self, text: str, copies: int = 1, **given: Any) -> str:
        """A customer opens a ticket at Zendesk, and the desk has time to answer; its id."""
        made = self.control("zendesk", "tickets", copies, text=text, **given)
        self.settle(WORK)
        return str(made["ticket"])

    def chat(self, text: str, **given: Any) -> str:
        """A customer begins a conversation at Intercom, and the desk has time to answer; its id."""
        made = self.control("intercom", "conversations", text=text, **given)
        self.settle(WORK)
        return str(made["conversation"])

    def customer(self, email: str) -> None:
        """Stripe's deliveries of a customer with this address, and of two charges of one amount, ch_1 and ch_2."""
        known = json.loads(fixtures.load("stripe", "customer_updated__address").body)
        known["data"]["object"] |= {"id": "cus_1", "email": email}
        said = [known]
        for at, name in enumerate(("ch_1", "ch_2")):
            created = int(START) - 3600 + 60 * at
            made = charge(
                name, amount=4200, currency="usd", customer="cus_1", created=created, card_fingerprint="fp",
                country="US", risk_level="normal", risk_score=1, review=f"prv_{at}",
            )  # fmt: skip
            self.sandboxes["stripe"].control("POST", "charges", json.dumps([made]).encode())
            said.append(charge_succeeded_event(made, f"evt_{at}", created))
        for one in said:
            self.deliver("stripe", json.dumps(one), {"content-type": "application/json"})
        self.settle(WORK)

    def deliver(self, source: str, body: str, headers: Mapping[str, str]) -> None:
        """Send a signed delivery to the source's verifier."""
        self.world.start(partial(self._send, source, body, headers))

    def _send(self, source: str, body: str, headers: Mapping[str, str]) -> None:
        url = f"{declared.URL}/webhooks/{source}"
        given = {"method": "POST", "url": url, "headers": headers, "body": body.encode(), "now": self.world.now}
        request = {
            "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}},
            "headers": {**headers, **sign(source, secret=SECRETS[source], **given)},
            "rawQueryString": "",
            "body": body,
        }
        for _ in range(3):  # a copy that comes at the same moment is sent again, as providers do
            answer = self.account.invoke(naming.verifier(source), request)
            if answer["statusCode"] == 200:
                return
            self.account.sleep(RESENT)
        raise RuntimeError(f"the verifier of {source} answered {answer}")

    def settle(self, seconds: float) -> None:
        """Let the account work for so many seconds."""
        self.world.run(self.world.now + seconds)

    def decide(self, do: str) -> None:
        """A person decides on the newest review by a link."""
        question = self.published("approval.required")[-1]
        review = review_id(question["id"])
        token = links.mint(Link(review, "ada", (), int(self.world.now) + 3600, f"n{self.world.now}"), LINK_KEY)
        arn = declared.alias_arn(declared.REVIEWS, naming.LINKS)
        invoke = partial(self.account.invoke, declared.REVIEWS, arn=arn)

        def act() -> None:
            shown = invoke({"do": "show", "token": token})
            digests = {name: shown["review"][name] for name in ("action_digest", "state_digest")}
            given = {"action": digests["action_digest"], "state": digests["state_digest"], "note": ""}
            invoke({"do": do, "token": token, "form": shown["form"], **given})

        self.world.start(act)
        self.settle(WORK)

    def again(self, type: str) -> None:
        """Publish the events of a type again, as a replay from the archive does, and a copy of each."""
        for one in self.published(type) * 2:
            entry = {"EventBusName": naming.BUS, "Source": one["source"], "DetailType": type, "Detail": json.dumps(one)}
            self.account.bus.put_events([entry])
        self.settle(WORK)

    def redrive(self, agent: str) -> None:
        """Send an agent's dead letters to its queue again."""
        name = naming.agent(agent)
        letters = self.account.queues[naming.dead_letters(name)]
        bodies = letters.bodies
        letters.messages.clear()
        for body in bodies:
            self.account.queues[name].send(body)
        self.settle(WORK)

    @property
    def dead_letters(self) -> list[str]:
        """The names of the functions that have dead letters."""
        names = {*self._names, declared.REVIEWS}
        return sorted(name for name in names if self.account.queues[naming.dead_letters(name)].bodies)

    def published(self, type: str) -> list[dict[str, Any]]:
        """The events of a type that were published, each once."""
        return list({one["id"]: one for one in self.account.bus.published if one["type"] == type}.values())

    def state(self, provider: str) -> dict[str, Any]:
        """What a provider has."""
        found: dict[str, Any] = json.loads(self.sandboxes[provider].control("GET", "state", b"").body)
        return found

    def tags(self, ticket: str) -> list[str]:
        """The tags of a ticket at Zendesk."""
        return next(list(one["tags"]) for one in self.state("zendesk")["tickets"] if str(one["id"]) == ticket)

    def notes(self, id: str) -> list[str]:
        """What was written into a ticket at Zendesk, or a conversation at Intercom, by the desk; the oldest first."""
        tickets, conversations = self.state("zendesk")["effects"], self.state("intercom")["effects"]
        noted = [one["comment"]["body"] for one in tickets if str(one["id"]) == id and one["comment"]]
        return [*noted, *(one["body"] for one in conversations if one["id"] == id and "body" in one)]

    @property
    def refunds(self) -> list[str]:
        """The charges that Stripe has refunds of."""
        return [one["charge"] for one in self.state("stripe")["refunds"]]


class _Scheduled(Account):
    """An account whose schedules invoke functions, and whose notices go nowhere."""

    def service(self, name: str, caller: Any) -> Any:
        """What answers the calls of an AWS service's client."""
        if name == "sns":
            return SimpleNamespace(publish=lambda **_: {})
        return super().service(name, caller)

    def _create_schedule(self, Name: str, ScheduleExpression: str, Target: Mapping[str, str], **given: Any) -> Any:
        """A one-time schedule: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
        if ":lambda:" not in Target["Arn"]:
            return super()._create_schedule(Name, ScheduleExpression, Target, **given)
        at = datetime.fromisoformat(ScheduleExpression.removeprefix("at(").removesuffix(")")).replace(tzinfo=UTC)
        function = Target["Arn"].split(":")[6]
        invoke = partial(self.invoke, function, json.loads(Target["Input"]), Target["Arn"])
        self.world.at(at.timestamp(), lambda: self.world.start(invoke))
        return {}
