"""`hookline down` and `up` say what they would destroy, and ask."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from functions.core.reviews.opening import opened
from functions.core.reviews.store import Reviews
from hookline.cli.commands.down import down
from hookline.cli.commands.up import up
from hookline.local import sandbox, stack
from hookline.local.bindings import Binding
from hookline.local.control import control_token
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.at_stake import at_stake
from hookline.operator.errors import OperatorError

BODIES = "hookline-bodies-123456789012-us-east-1"
QUEUE, DEAD = "hookline-agent-fraud", "hookline-agent-fraud-dead-letters"


@pytest.fixture
def local(dynamodb, s3, moto_client, table, monkeypatch):
    """A running local stack with nothing in it."""
    monkeypatch.setattr("infra.naming.REVIEWS_TABLE", table("reviews"))
    s3.create_bucket(Bucket=BODIES)
    for queue in (QUEUE, DEAD):
        moto_client("sqs").create_queue(QueueName=queue)
    running = SimpleNamespace(client=moto_client)
    monkeypatch.setattr(stack, "find_emulated", lambda: running)
    return running


@pytest.fixture
def stopped(monkeypatch):
    """What `down` has stopped."""
    calls = []
    monkeypatch.setattr(stack, "down", lambda: calls.append("down") or True)
    return calls


@pytest.fixture
def review(local, dynamodb, make_question, grant_key, clock):
    return Reviews(dynamodb, "reviews").open(opened(make_question(), [grant_key], clock.now))


@pytest.fixture
def waiting(local, review):
    """An open review, a waiting event and a dead letter."""
    sqs = local.client("sqs")
    for queue, number in ((QUEUE, 2), (DEAD, 1)):
        for _ in range(number):
            sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody="{}")
    local.client("s3").put_object(Bucket=BODIES, Key="unreadable/stripe/x", Body=b"{}")
    return [
        f"1 open review: {review.id}",
        "2 waiting messages in hookline-agent-fraud",
        "1 dead letter in hookline-agent-fraud-dead-letters",
        "1 quarantined body",
    ]


def run(command, *words, typed=None):
    return CliRunner().invoke(command, words, input=typed, catch_exceptions=False)


def terminal(monkeypatch):
    monkeypatch.setattr("hookline.cli.confirming.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))


def test_nothing_at_stake_asks_nothing(local, stopped):
    assert at_stake(local) == []
    assert run(down).output == "the local stack is stopped\n"


def test_what_waits_is_named_and_kept_until_somebody_says_yes(local, waiting, stopped, monkeypatch):
    terminal(monkeypatch)
    assert at_stake(local) == waiting
    with pytest.raises(OperatorError, match="nothing was done"):
        run(down, typed="n\n")
    assert stopped == []
    output = run(down, typed="y\n").output
    assert all(f"\n  {line}\n" in output for line in waiting)
    assert stopped == ["down"]


def test_without_a_terminal_nothing_is_deleted_but_with_yes(local, waiting, stopped):
    with pytest.raises(OperatorError, match="or use --yes to lose it"):
        run(down)
    assert stopped == []
    assert run(down, "--yes").output == "the local stack is stopped\n"


def test_what_cannot_be_read_is_at_stake_too(local, stopped, dynamodb):
    dynamodb.delete_table(TableName="reviews")
    (line,) = at_stake(local)
    assert line.startswith("what cannot be read: ")
    with pytest.raises(OperatorError, match="nothing was done"):
        run(down)


@pytest.fixture
def sandboxes(monkeypatch, tmp_path):
    """The sandbox that runs, None for none, and the `up` that would start it."""

    def make(urls):
        control_token(tmp_path)
        found = sandbox.Sandboxes(tmp_path, 1, "1", urls) if urls is not None else None
        monkeypatch.setattr(sandbox, "find", lambda state: found)
        running = SimpleNamespace(url="http://hooks", state=tmp_path, bindings=(BOUND,))
        calls = []
        monkeypatch.setattr(stack, "up", lambda *_, **__: calls.append("up") or running)
        return calls

    return make


BOUND = Binding("reviews", "slack:channel/C0SANDBOX01", ("notifier",), "sandbox")
CURRENT = dict.fromkeys(sandbox_providers(), "http://sandbox/x")
LOST = "the sandbox providers started anew: what they held is lost"


def test_a_sandbox_restart_under_open_reviews_is_asked_for(local, review, sandboxes, monkeypatch):
    """Its providers have changed: what an approved action is about would be gone."""
    started = sandboxes({"stripe": "http://sandbox/stripe"})
    with pytest.raises(OperatorError, match="nothing was done"):
        run(up)
    terminal(monkeypatch)
    with pytest.raises(OperatorError, match="nothing was done"):
        run(up, typed="n\n")
    assert started == []
    output = run(up, typed="y\n").output
    assert f"1 open review: {review.id}" in output and LOST in output
    assert run(up, "--yes").output.count(LOST) == 1
    assert started == ["up", "up"]


def test_a_sandbox_that_died_starts_anew_and_up_says_so(local, review, sandboxes):
    sandboxes(None)
    assert LOST in run(up).output


def test_a_sandbox_that_still_runs_is_kept_in_silence(local, review, sandboxes):
    sandboxes(CURRENT)
    assert LOST not in run(up).output


def test_up_says_each_binding_and_names_the_command_that_shows_a_sandbox(local, sandboxes):
    """Nobody has to know the key of the control routes."""
    sandboxes(CURRENT)
    lines = run(up).output.splitlines()
    assert "destination reviews of notifier is bound to slack:channel/C0SANDBOX01, by its sandbox" in lines
    assert "what Stripe's sandbox received: hookline sandbox stripe" in lines
    assert not any("curl" in line for line in lines)
