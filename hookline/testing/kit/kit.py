"""Runs agents in a simulated account: the functions are the deployed ones, wired as their stacks wire them."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self
from warnings import catch_warnings, filterwarnings

from functions.api.sandbox import Provider as SandboxProvider
from functions.core.events.event import Event
from functions.core.platform.log import log
from functions.core.reviews import links
from functions.core.reviews.links import Link
from hookline.local.generated_secrets import generate_secret
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.errors import OperatorError, UnknownName
from hookline.simulation import declared
from hookline.simulation.faults import Died
from hookline.simulation.powertools import powertools_on
from hookline.simulation.tables import Tables
from hookline.testing.kit.account import KitAccount, Misused, tenants
from hookline.testing.kit.answers import Answers
from hookline.testing.kit.collecting import Mark, collected
from hookline.testing.kit.crashes import Crashes
from hookline.testing.kit.deliveries import Delivery
from hookline.testing.kit.events import Happening, published
from hookline.testing.kit.parts import connector_of, credential, example, manifest_of, sources_of
from hookline.testing.kit.results import Result
from hookline.testing.signing import prepare, sign
from infra import naming

START = 1_790_000_100.0  # after the times in the fixtures and examples
GRANT_KEY = "the grant key of the testing kit, 32 characters or more"
LINK_KEY = "the link key of the testing kit, 32 characters or more"
WAIT_SECONDS = 3600.0  # all tries of an event take less
RESENT_SECONDS = 30.0  # until a provider sends again what nobody answered
LINK_SECONDS = 3600
DUPLICATE = "Duplicate"  # a verifier's answer to a copy
IN_FLIGHT = 409  # its answer to a copy of what it is about to publish
SENDER = "203.0.113.7"  # an address of a documentation network


class Kit:
    """One agent in an account of its own, which keeps its tables, queues and time from one wake to the next.

    Agents that work `beside` it, by name, share the account: a flow runs whole, from a delivery to the last effect.

    `answers` are those of the providers by operation, {"stripe.charge.retrieve": {…}}: the JSON of the provider's
    response, a function of the operation's arguments that returns it, `error(503)`, or `in_turn(…)`. A provider without
    any answer is played by its sandbox, if it has one. `destinations` binds the agent's destinations to entities; those
    that it leaves out are bound to an example, and "" leaves one unbound. `past` are events that happened before, for
    the agent's timelines, and for links, which lead to what `links` says as the setting of that name does.

    As a context manager, it raises OperatorError at the end if an answer or a crash was never used.
    """

    def __init__(
        self,
        agent: str,
        *,
        beside: Sequence[str] = (),
        answers: Mapping[str, Any] | None = None,
        destinations: Mapping[str, str] | None = None,
        past: Sequence[Happening] | None = None,
        links: Mapping[str, Any] | None = None,
    ) -> None:
        self.agent = manifest_of(agent)
        self._agents = [self.agent, *(manifest_of(name) for name in dict.fromkeys(beside) if name != agent)]
        self._connectors = {name: connector_of(name) for one in self._agents for name in one.connectors}
        self._answers = Answers(self.agent, self._connectors)
        self._answers.give(answers or {})
        self._crashes = Crashes()
        self._sources = sources_of(self._agents)
        self._account, self._sandboxes = self._opened(destinations or {}, links or {})
        self._numbers = 0
        self._answer = ""  # of the verifier
        if past:
            self._remember(past)

    def wake(
        self, *events: Happening | Delivery | Event, answers: Mapping[str, Any] | None = None, seconds: float = 0
    ) -> Result:
        """Wake the agent, and wait until all that follows is handled, dead-lettered, or waits for more than an hour.

        A Happening is an event that the kit makes (`event`), a Delivery goes through the provider's verifier, and an
        Event is published again as it is, as a copy (`result.event`). Several come at once. `answers` are added to
        those of the kit. With `seconds`, it waits for so long instead: for what a manager does later.

        Raises OperatorError if the agent does not subscribe to it, if its verifier refuses it, or if the agent calls
        an operation that nobody answers.
        """
        self._answers.give(answers or {})
        begins = [self._delivering(one) if isinstance(one, Delivery) else self._publishing(one) for one in events]
        before, self._answer = len(self._account.bus.published), ""

        def begin() -> None:
            for one in begins:
                one()

        result = self._run(begin, seconds or None)
        for one in events:
            if isinstance(one, Delivery):
                self._check_delivered(one, before)
        return result

    def _publishing(self, event: Happening | Event) -> Callable[[], None]:
        entry = (event if isinstance(event, Event) else self._event(event)).to_entry(naming.BUS)
        return lambda: self._account.publish(entry)

    def approve(self, asked: Result, by: str = "ada", note: str = "") -> Result:
        """A person approves the review that `asked` opened; the agent gets the decision, and its action is performed.

        Raises OperatorError if `asked` opened none or several, or if the review service refuses the decision.
        """
        return self._decide(asked, "approve", by, note)

    def deny(self, asked: Result, by: str = "ada", note: str = "") -> Result:
        """A person denies the review that `asked` opened. Raises as `approve` does."""
        return self._decide(asked, "deny", by, note)

    def move_time(self, seconds: float) -> Result:
        """Let `seconds` pass: retries that wait happen, reviews expire. Returns what came of it."""
        if seconds <= 0:
            raise OperatorError(f"move_time({seconds}): more than 0 seconds")
        return self._run(lambda: None, seconds)

    def crash(self, *, before: str | int = "", after: str | int = "") -> None:
        """Let the process die once, before or after a call of the next event.

        A call is named by its operation ("stripe.review.approve"), by a part of its label in `result.calls`
        ("put_events"), or by its number there. Raises OperatorError unless one of the two is given.
        """
        self._crashes.plan(before, after)

    def sandbox(self, provider: str) -> SandboxProvider:
        """The sandbox that plays `provider`. Raises UnknownName if it plays no provider of this agent."""
        if provider not in self._sandboxes:
            raise UnknownName(f"sandbox of a provider of agent {self.agent.name}:", provider, self._sandboxes)
        return self._sandboxes[provider]

    @property
    def now(self) -> float:
        """The kit's time, in unix seconds."""
        return self._account.world.now

    def check_used(self) -> None:
        """Raise OperatorError if an answer or a planned crash was never used: the test shows less than it says."""
        if unused := self._answers.unused:
            raise OperatorError(f"answers that nothing asked for: {', '.join(unused)}; {self._called()}")
        if planned := self._crashes.planned:
            raise OperatorError(f"the crash {planned} never happened; {self._called()}")

    def close(self) -> None:
        """End the account."""
        self._account.world.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
        if error is None:
            self.check_used()

    def _called(self) -> str:
        performed = ", ".join(str(one.calling) for one in self._account.notes.performed)
        return f"the agent's connectors performed {performed or 'nothing'}"

    def _opened(
        self, destinations: Mapping[str, str], links: Mapping[str, Any]
    ) -> tuple[KitAccount, dict[str, SandboxProvider]]:
        bound = self._bound(destinations)
        parts = {name: tenants(one) for name, one in self._connectors.items()}
        wiring = declared.wiring(
            self._agents, list(self._connectors.values()), list(self._sources.values()), bound, parts, links
        )
        played = {name: make for name, make in sandbox_providers().items() if name in self._connectors}
        self._signing = {name: generate_secret(source) for name, source in self._sources.items()}
        sandboxes: dict[str, SandboxProvider] = {}
        account = KitAccount(
            self._answers,
            sandboxes,
            self.agent.name,
            wiring=wiring,
            now=START,
            runs=[*(naming.agent(one.name) for one in self._agents), declared.REVIEWS],
            dynamodb=Tables(wiring.tables),
            secrets={
                naming.GRANT_KEY: GRANT_KEY,
                naming.REVIEW_LINK_KEY: LINK_KEY,
                **{naming.signing_secret(name): one.verifies for name, one in self._signing.items()},
                **{naming.credential(name): credential(one, played) for name, one in self._connectors.items()},
            },
            faults=self._crashes.next,
        )
        self._crashes.calling = account.calling
        sandboxes |= {name: make(account.clock) for name, make in played.items()}
        return account, sandboxes

    def _bound(self, destinations: Mapping[str, str]) -> dict[str, str]:
        known = [name for one in self._agents for name in one.destinations]
        for name in destinations:
            if name not in known:
                raise UnknownName(f"destination of agent {self.agent.name}", name, known)
        found = {
            name: example(use.connector, use.operations[0], self._connectors)
            for one in self._agents
            for use in one.uses
            for name in use.to
        }
        return {name: entity for name, entity in {**found, **destinations}.items() if entity}

    def _event(self, happening: Happening, past: bool = False) -> Event:
        self._numbers += 1
        return published(happening, self.agent, self._numbers, GRANT_KEY, self.now, past)

    def _remember(self, past: Sequence[Happening]) -> None:
        """Let the context service project earlier events, whether or not the agent subscribes to them."""
        if "context" not in self._connectors:
            raise OperatorError(f"past: agent {self.agent.name} does not use context, so it has no timelines")
        queue = self._account.queues[declared.CONTEXT]
        for one in past:
            made = self._event(one, past=True)
            envelope = {"source": made.source, "detail-type": made.type, "detail": made.__dict__}
            queue.send(json.dumps(envelope))

    def _delivering(self, given: Delivery) -> Callable[[], None]:
        if given.provider not in self._sources:
            raise OperatorError(
                f"agent {self.agent.name} subscribes to no event of webhook.{given.provider}; it does to events of "
                f"{', '.join(self._sources) or 'no source'}"
            )
        return lambda: self._account.spawn(partial(self._send, given))

    def _check_delivered(self, given: Delivery, before: int) -> None:
        """Raise OperatorError unless it became an event for the agents, or was a copy of one."""
        name = given.provider
        new = [one for one in self._account.bus.published[before:] if one["source"] == f"webhook.{name}"]
        if not new and self._answer != DUPLICATE:
            raise OperatorError(f"{given.fixture} became no event: it is a handshake or a ping of {name}")
        raw = [(one["raw"] or {}).get("type") for one in new]
        if new and not any(
            agent.subscribes_to(one["source"], one["type"], type) or agent.waits_for(one["source"], one["type"])
            for agent in self._agents
            for one, type in zip(new, raw, strict=True)
        ):
            types = ", ".join(one["type"] for one in new)
            raise OperatorError(f"the delivery became {types}, and agent {self.agent.name} does not subscribe to that")

    def _send(self, given: Delivery) -> None:
        """Deliver as the provider does: signed now, and again if nothing answers."""
        name, url = given.provider, f"{declared.URL}/webhooks/{given.provider}"
        secret = self._signing[name].signs
        for _ in range(3):
            now = self._account.clock()
            where, body = prepare(name, url=url, body=given.body, secret=secret, now=now)
            own = sign(name, method="POST", url=where, headers=given.headers, body=body, secret=secret, now=now)
            request = {
                "requestContext": {"http": {"method": "POST", "sourceIp": SENDER}},
                "headers": {**given.headers, **own},
                "rawQueryString": where.partition("?")[2],
                "body": body.decode(),
            }
            try:
                answer = self._account.invoke(naming.verifier(name), request)
            except Died:
                self._account.sleep(RESENT_SECONDS)
                continue
            if answer["statusCode"] == IN_FLIGHT:
                self._account.sleep(RESENT_SECONDS)
                continue
            if answer["statusCode"] != 200:
                said = f"{answer['statusCode']} {answer['body']}".strip()
                raise Misused(OperatorError(f"the verifier of {name} answered {given.fixture} with {said}"))
            self._answer = answer["body"]
            return

    def _decide(self, asked: Result, do: str, by: str, note: str) -> Result:
        if len(asked.asked) != 1:
            reviews = ", ".join(f"{one.review} ({one.question})" for one in asked.asked)
            raise OperatorError(f"the result opened {len(asked.asked)} reviews, not one: {reviews or 'none'}")
        link = Link(asked.asked[0].review, by, (), int(self.now) + LINK_SECONDS, f"nonce-{self._numbers}-{by}")
        token = links.mint(link, LINK_KEY)
        invoke = partial(self._account.invoke, declared.REVIEWS, arn=declared.alias_arn(declared.REVIEWS, naming.LINKS))

        def decide() -> None:
            seen = invoke({"do": "show", "token": token})
            if not seen:
                raise Misused(
                    OperatorError(f"review {link.review} is not open to {by}: it was decided, or has expired")
                )
            digests = {"action": seen["review"]["action_digest"], "state": seen["review"]["state_digest"]}
            made = invoke({"do": do, "token": token, "form": seen["form"], "note": note, **digests})
            if not made:
                raise Misused(OperatorError(f"the review service refused that {by} decides on {link.review}"))

        return self._run(lambda: self._account.spawn(decide))

    def _run(self, begin: Callable[[], None], seconds: float | None = None) -> Result:
        """Do `begin`, let the account work until it is quiet or the time is up, and return what came of it."""
        account = self._account
        quiet = (lambda: account.quiet) if seconds is None else (lambda: False)
        level = log.log_level
        log.setLevel("WARNING")  # the result says what the log says
        with powertools_on(account.clock), catch_warnings():
            filterwarnings("ignore", "No application metrics", UserWarning)  # of a verifier that crashed
            try:
                if "context" in self._connectors:
                    account.spawn(account.project)
                    account.world.run(ended=lambda: account.settled)
                self._crashes.count_from(len(account.calls))
                mark = Mark.of(account)
                begin()
                account.world.run(account.world.now + (seconds or WAIT_SECONDS), quiet)
            except Misused as misused:
                account.world.end()
                raise misused.error from None
            finally:
                log.setLevel(level)
        return collected(account, [one.name for one in self._agents], mark)


def wake(
    agent: str,
    event: Happening | Delivery,
    *,
    answers: Mapping[str, Any] | None = None,
    destinations: Mapping[str, str] | None = None,
    past: Sequence[Happening] | None = None,
) -> Result:
    """Wake `agent` once in an account of its own (`Kit`), and return what came of it.

    Raises OperatorError also if an answer was never used.
    """
    with Kit(agent, answers=answers, destinations=destinations, past=past) as kit:
        return kit.wake(event)
