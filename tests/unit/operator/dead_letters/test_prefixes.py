"""The beginning of a dead letter's id is enough, if no other begins so."""

from hookline.operator import dead_letters
from hookline.operator.errors import OperatorError, UnknownId
from tests.unit.operator.dead_letters.queues import REASON, left, put_body, put_letters, run


def test_the_beginning_of_an_id_is_enough(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2", "stripe:evt_3")
    one, two, three = dead_letters.of_agent(account, "fraud")
    assert one.event in run("show", one.id[:13].upper()).output
    assert run("redrive", two.id[:13]).output == f"{two.id}  back in queue hookline-agent-fraud\n"
    assert run("discard", "fraud", "--id", three.id[:13], *REASON, "--yes").exit_code == 0
    assert left(account) == [one.event]


def test_a_beginning_that_several_have_names_them(account, trail):
    """And nothing is done."""
    put_body(account, "stripe", "a1")
    put_body(account, "stripe", "a2")
    told = (
        "unreadable/stripe/a is ambiguous, 2 dead letters begin with it: "
        "unreadable/stripe/a1.json (of stripe), unreadable/stripe/a2.json (of stripe)"
    )
    for words in (["show"], ["redrive"], ["discard", "stripe", *REASON, "--yes", "--id"]):
        failed = run(*words, "unreadable/stripe/a")
        assert (type(failed.exception), str(failed.exception)) == (OperatorError, told)
    assert (len(list(dead_letters.letters(account))), trail()) == (2, [])


def test_an_unknown_id_is_one_line(account):
    for words in (["show"], ["redrive"]):
        failed = run(*words, "12345678")
        told = "there is no dead letter 12345678; 'hookline dead-letters' lists them"
        assert (type(failed.exception), str(failed.exception)) == (UnknownId, told)
