"""How a secret is read: without an echo, and as people paste it."""

import io
import os
import pty
import sys
from pathlib import Path

import pytest

from hookline.cli.secret_input import asked, unwrapped
from hookline.operator.errors import OperatorError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def piped(monkeypatch):
    """Puts bytes on standard input, as a pipe does."""

    def put(content: bytes):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))

    return put


@pytest.mark.parametrize(
    "pasted",
    ["whsec_a", " whsec_a\t", "whsec_a\r\n", '"whsec_a"\n', "'whsec_a'", "`whsec_a`", "“whsec_a”", "\xa0' whsec_a '\n"],
)
def test_what_surrounds_a_pasted_secret_is_dropped(pasted):
    assert unwrapped(pasted) == "whsec_a"


@pytest.mark.parametrize("secret", ['a"b', "'a", 'a"', '"', "a b", "=a=", '{"app_id": "1"}'])
def test_what_belongs_to_a_secret_stays(secret):
    assert unwrapped(secret) == secret


def test_one_pair_of_quotes_is_dropped_and_no_second_one():
    assert unwrapped("\"'a'\"") == "'a'"


def test_a_pipe_is_read_to_its_end(piped):
    """A private key has many lines."""
    piped(b"\xef\xbb\xbfone\ntwo\n")
    assert asked("a key") == "one\ntwo"


@pytest.mark.parametrize("content", [b"", b" \n", b'""', b"' '\n"])
def test_a_blank_secret_is_refused(piped, content):
    piped(content)
    with pytest.raises(OperatorError, match="no secret was given"):
        asked("a key")


def test_what_is_not_text_is_refused_in_one_line(piped):
    piped(b"\xff\xfe")
    with pytest.raises(OperatorError, match="not UTF-8"):
        asked("a key")


def test_a_terminal_does_not_show_what_is_typed_or_pasted():
    program = "from hookline.cli.secret_input import asked; print('length', len(asked('the key')))"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-c", program])  # noqa: S606 - this interpreter, our words
    shown = b""
    while b"the key" not in shown:  # the echo is off before the prompt is there
        shown += os.read(terminal, 1000)
    os.write(terminal, b"hush-hush\n")
    try:
        while part := os.read(terminal, 1000):
            shown += part
    except OSError:  # how Linux says that the other side has gone
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    assert b"length 9" in shown
    assert b"hush" not in shown
