"""A process that dies at a call, and another one that comes between."""

from functions.core.workflows.runs import Runs
from tests.unit.fakes import NOW


class Died(BaseException):
    """The process is gone: no code of it may catch this."""


class World:
    """DynamoDB, S3 and the bus, as a driver calls them; it dies before or after the call number `dies_at`.

    At the call number `meanwhile_at`, `meanwhile` happens first.
    """

    def __init__(self, dynamodb, dies_at=None, before=True):
        self.dynamodb, self.dies_at, self.before = dynamodb, dies_at, before
        self.meanwhile_at, self.meanwhile = None, lambda: None
        self.calls, self.requests, self.published, self.spilled = 0, [], [], {}

    def __getattr__(self, name):
        def request(**arguments):
            self.requests.append(name)
            return self.reached(lambda: getattr(self.dynamodb, name)(**arguments))

        return request

    def publish(self, parent, run, commands):
        for command in commands:
            self.reached(lambda command=command: self.published.append((parent.id, parent.causationid, command)))

    def spill(self, run, kind, entries):
        self.reached(lambda: self.spilled.update({(run, kind, one.number): one for one in entries}))

    @property
    def runs(self):
        return Runs(self, "runs", lambda: NOW)

    def reached(self, call):
        self.calls += 1
        if self.calls == self.meanwhile_at:
            self.meanwhile()
        dies = self.calls == self.dies_at
        if dies and self.before:
            raise Died
        answer = call()
        if dies:
            raise Died
        return answer
