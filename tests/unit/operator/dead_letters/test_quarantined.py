"""Quarantined bodies are discarded as dead letters are."""

from functions.core.platform.canonical import digest
from hookline.operator import dead_letters
from tests.unit.operator.dead_letters.queues import REASON, Account, put_body, run


def test_a_quarantined_body_is_discarded_and_on_record(account, trail):
    put_body(account, "stripe", "a1")
    put_body(account, "github", "b2")
    done = run("discard", "stripe", "--all", *REASON, "--yes")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "1 dead letter discarded")
    assert [letter.id for letter in dead_letters.letters(account)] == ["unreadable/github/b2.json"]
    (record,) = trail()
    assert (record["kind"], record["resource"]) == ("discarded", "unreadable/stripe/a1.json")
    assert record["digests"] == {"message": digest(b'{"reason": "the body is not JSON"}')}


def test_one_body_is_discarded_by_the_beginning_of_its_id(account, trail):
    put_body(account, "stripe", "a1")
    put_body(account, "stripe", "b2", "\x1b no JSON")
    assert run("discard", "unreadable/stripe", "--id", "unreadable/stripe/b", *REASON, "--yes").exit_code == 0
    assert [letter.id for letter in dead_letters.letters(account)] == ["unreadable/stripe/a1.json"]


def test_a_body_that_cannot_be_deleted_is_named_here_and_on_record(account, trail, monkeypatch, client_error):
    put_body(account, "stripe", "a1")
    s3 = account.client("s3")

    def refuses(**_):
        raise client_error("AccessDenied")

    monkeypatch.setattr(s3, "delete_object", refuses)
    monkeypatch.setattr(account, "client", lambda service: s3 if service == "s3" else Account().client(service))
    failed = run("discard", "stripe", "--all", *REASON, "--yes")
    assert "unreadable/stripe/a1.json (An error" in str(failed.exception)
    assert [record["kind"] for record in trail()] == ["discarded", "failed"]
