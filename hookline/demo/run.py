"""Plays a flow on the local stack: sends its deliveries, decides, plants its faults, checks, and counts the results."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from functions.core.audit import chain
from functions.core.platform.errors import HooklineError
from functions.core.reviews.review import review_id
from hookline.cli.output import echo, echo_link
from hookline.demo import found
from hookline.demo.audience import Audience, Lines
from hookline.demo.flow import PATIENCE, Act, Check, Decision, Delivery, Evidence, Fault, Flow, Record, Run, Step
from hookline.demo.results import Result, count, is_handled, questions, result
from hookline.demo.show import Show
from hookline.demo.watch import Sent, Watch
from hookline.local import console_process, stack
from hookline.local.progress import progress
from hookline.local.stack import LocalStack
from hookline.local.variables import live_providers
from hookline.operator import reviews, runs
from hookline.operator.audit.causation import steps
from hookline.operator.errors import OperatorError
from hookline.validation.discovery import discover
from infra.deployable import with_flows


def run(name: str, *, once: bool, as_json: bool) -> int:
    """Start the local stack, play the flow `name` on it, and return the exit code.

    Raises UnknownName for an unknown flow, and OperatorError for one that has findings, or whose provider would be
    called itself: it has nothing of what the flow's deliveries are about.
    """
    flow = found.load(name)
    sources = sources_of(found.trial(flow))
    if live := [source for source in sources if source in live_providers()]:
        raise OperatorError(
            f"{live[0]} itself has nothing of what the demo sends, which is generated: unset {live[0].upper()}_API_KEY"
        )
    deployed = [source.name for source in with_flows(discover(), [name]).deployed_sources()]
    with progress() as say:
        running = stack.up(say, also=[source for source in sources if source not in deployed], flows=[name])
        say("starting the console")
        console = _console(running)
    _say_console("Watch it in the console:", console, as_json)
    code = run_on(running, name, once=once, as_json=as_json)
    _say_console("The console keeps running, with all of it:", console, as_json)
    return code


def _console(running: LocalStack) -> str:
    """The address of the stack's console, "" if it cannot start: then the demo goes on without it, and says why."""
    try:
        return console_process.start(running.state).address
    except (OperatorError, OSError) as error:
        echo(f"without the console: {error}", err=True)
        return ""


def _say_console(what: str, address: str, as_json: bool) -> None:
    """Print the address, on standard error if standard output is JSON lines."""
    if address:
        echo(what, err=as_json)
        echo_link(f"  {address}", err=as_json)


def run_on(running: LocalStack, name: str, *, once: bool, as_json: bool) -> int:
    """Play a flow. The exit code is 1 if a delivery is lost, an effect was performed twice, or a check fails."""
    flow, own = found.load(name), Run(secrets.token_hex(6), time.time())
    acts = list(flow.acts(own))
    watch = Watch.start(running, flow.agents, sources_of(acts))
    play = Play(name, flow, own, watch, Lines(name) if as_json else Show(running))
    summary = play.all(first_delivery(acts) if once else acts)
    return int(any(summary[bad] for bad in ("lost", "duplicate_effects", "failed_checks")))


def sources_of(acts: Sequence[Act]) -> list[str]:
    """The sources of the deliveries, each once."""
    return list(dict.fromkeys(step.source for act in acts for step in act.steps if isinstance(step, Delivery)))


def first_delivery(acts: Sequence[Act]) -> list[Act]:
    """The acts up to the first delivery and no further."""
    begun = []
    for act in acts:
        place = next((place for place, step in enumerate(act.steps) if isinstance(step, Delivery)), None)
        begun.append(act if place is None else replace(act, steps=act.steps[: place + 1]))
        if place is not None:
            break
    return begun


class Play:
    """One run of a flow, in front of an audience."""

    def __init__(self, name: str, flow: Flow, run: Run, watch: Watch, audience: Audience) -> None:
        self._name, self._flow, self._run = name, flow, run
        self._watch, self._audience = watch, audience
        self._sent: list[Sent] = []
        self._shown: set[tuple[str, str]] = set()
        self._failed_checks = 0

    def all(self, acts: Sequence[Act]) -> dict[str, int]:
        """Play the acts; returns the figures."""
        self._audience.begins(self._flow)
        for act in acts:
            self._act(act)
        watch, trail = self._watch, self._watch.trail
        watch.reread(PATIENCE)
        received = [
            record
            for source, before in watch.before.items()
            for record in trail.of_identity(f"webhook.{source}", before)
        ]
        evidence = self._evidence()
        summary = count(self._flow, self._sent, received, evidence, watch.subscribers, self._failed_checks)
        chains = {
            source: (before, chain.verify(trail.of_identity(f"webhook.{source}")).seq)
            for source, before in watch.before.items()
        }
        for table in self._flow.tables:
            self._audience.table(table, list(table.rows(evidence)))
        self._audience.ends(summary, chains)
        return summary

    def _act(self, act: Act) -> None:
        self._audience.act(act)
        try:
            for together in _groups(act):
                self._step(act, together)
        finally:
            if any(isinstance(step, Fault) for step in act.steps):
                self._watch.running.sandboxes.control("DELETE", "/_sandbox/faults")

    def _step(self, act: Act, together: Sequence[Step]) -> None:
        match together[0]:
            case Delivery():
                self._deliver(act, [step for step in together if isinstance(step, Delivery)])
            case Decision() as decision:
                self._decide(act, decision)
            case Fault() as fault:
                self._audience.fault(fault)
                self._watch.running.sandboxes.control(
                    "POST", "/_sandbox/faults", {**fault.settings, "provider": fault.provider}
                )
            case Check() as check:
                holds = check.holds(self._evidence())
                self._failed_checks += not holds
                self._audience.check(act, check, holds)

    def _deliver(self, act: Act, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if len(deliveries) == 1:
                self._audience.delivery(delivery)
        for sent in self._posted(deliveries):
            if len(deliveries) > 1:
                self._audience.delivery(sent.delivery)
            self._audience.answer(sent)
            self._sent.append(sent)
            base = Result(self._name, act.title, sent.delivery.source, _id(sent))
            if sent.accepted:
                sent = self._sent[-1] = self._watch.identify(sent, act.patience)
                self._watch.follow(sent.events, act.patience)
                one = self._followed(replace(base, delivery=_id(sent)), sent.events, sent.posted.sent)
            else:
                word = sent.posted.word
                one = replace(base, outcome="duplicate" if word == "Duplicate" else word or str(sent.posted.status))
            self._audience.result(sent.delivery.story, one)

    def _posted(self, deliveries: Sequence[Delivery]) -> list[Sent]:
        """Send deliveries together; those that a sandbox makes one by one, because each changes what is there."""
        one_by_one = any(delivery.made for delivery in deliveries)
        sent: list[Sent] = []
        for together in [[one] for one in deliveries] if one_by_one else [deliveries]:
            for delivery in together:
                if delivery.kind == "signed" or delivery.made:
                    self._watch.prepare(delivery.prepare)
            sent += self._watch.post(together)
        return sent

    def _decide(self, act: Act, decision: Decision) -> None:
        sent = next(sent for sent in self._sent if sent.delivery is decision.of)
        base = Result(self._name, act.title, sent.delivery.source, _id(sent), decision=decision.do)
        records = self._watch.follow(sent.events, act.patience)
        review = self._open_review(records)
        self._audience.decision(decision, review)
        if review is None:
            self._audience.result(decision.story, replace(base, outcome="no open review"))
            return
        since = time.time()
        reviews.decide(self._watch.running, review, decision.do, decision.note)
        self._watch.follow(sent.events, act.patience)
        self._audience.result(decision.story, self._followed(base, sent.events, since))

    def _open_review(self, records: Sequence[Record]) -> Mapping[str, Any] | None:
        for question in questions(records):
            try:
                return reviews.waiting(self._watch.running, review_id(question), time.time())
            except (OperatorError, HooklineError):  # closed, or none was opened
                continue
        return None

    def _followed(self, base: Result, events: Sequence[str], since: float) -> Result:
        """Show what is new in the trees of these events, and return the result that it has."""
        new: list[Record] = []
        for event in events:
            records = self._watch.trees[event]
            fresh = [step for step in steps(event, records) if step.record is None or self._is_new(step.record)]
            self._audience.steps([step for step in fresh if step.record], since)
            new += [step.record for step in fresh if step.record]
        new.sort(key=lambda record: (record["at"], record["seq"]))
        self._shown |= {_key(record) for record in new}
        trees = [(event, self._watch.trees[event]) for event in events]
        handled = bool(trees) and all(is_handled(*tree, self._watch.subscribers) for tree in trees)
        return result(self._flow, base, new, events, since, handled)

    def _is_new(self, record: Record) -> bool:
        return _key(record) not in self._shown

    def _evidence(self) -> Evidence:
        def state(provider: str) -> object:
            return self._watch.running.sandboxes.control("GET", f"/_sandbox/{provider}/state")

        def workflows() -> Sequence[Mapping[str, Any]]:
            return runs.caused_by(self._watch.running, self._watch.trees)

        return Evidence(self._run, self._watch.trees, state, workflows)


def _groups(act: Act) -> Iterator[list[Step]]:
    """The steps one by one; with `at_once`, the deliveries that follow each other together."""
    for delivers, some in groupby(act.steps, lambda step: isinstance(step, Delivery)):
        if delivers and act.at_once:
            yield list(some)
        else:
            yield from ([step] for step in some)


def _id(sent: Sent) -> str:
    return sent.events[0].removeprefix(f"{sent.delivery.source}:") if sent.events else ""


def _key(record: Record) -> tuple[str, str]:
    return record["identity"], record["id"]
