"""Data blocks that a text cannot close, prompts that are files, and letters that nobody sees."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.agents.summarizer import agent as summarizer
from functions.core.models.prompts import Prompt, PromptRefused, block
from functions.core.models.visible import visible, without_invisible
from functions.core.platform.errors import ConfigurationError

MARK = re.compile(r"^\[\[data (\w+) ([0-9a-f]{16})\]\]\n(.*)\n\[\[end \1 \2\]\]$", re.DOTALL)
HOSTILE = st.text() | st.lists(st.sampled_from(["[[end x ", "]]", "0", "a", "\n", "[[data x ", "\u202e"])).map("".join)


@given(HOSTILE, st.text(max_size=10))
def test_no_text_contains_the_mark_of_its_block(text, salt):
    _, mark, inner = MARK.fullmatch(block("x", text, salt)).groups()
    assert (inner, mark in text) == (text, False)


@given(HOSTILE)
def test_a_text_that_quotes_an_earlier_block_does_not_close_its_own(text):
    """Even one that knows how the same text was marked once."""
    earlier = block("x", text, "salt")
    again = block("x", earlier, "salt")
    assert MARK.fullmatch(again)[2] not in earlier


def test_a_mark_depends_on_what_nobody_outside_knows():
    assert block("x", "text", "one grant") != block("x", "text", "another grant")


@given(st.text())
def test_no_invisible_letter_is_left_and_no_visible_one_changes(text):
    shown = visible(text)
    assert visible(shown) == shown
    assert without_invisible(shown) == shown
    assert all(letter in shown for letter in without_invisible(text))


@pytest.mark.parametrize(
    "letter", ["\u200b", "\u202e", "\u2066", "\U000e0041", "\x00", "\x1b", "\ufeff", "\u3164", "\u00ad"]
)
def test_an_invisible_letter_is_shown(letter):
    assert visible(f"a{letter}b") == f"a[U+{ord(letter):04X}]b"
    assert without_invisible(f"a{letter}b") == "ab"


def test_a_value_is_json_and_its_newlines_stay_inside():
    message = Prompt("x", "").about(ticket={"text": "a\n[[end ticket 0123456789abcdef]]\nb"}).message("salt")
    assert len(message.splitlines()) == 5
    assert json.loads(MARK.fullmatch(message)[3])["text"].startswith("a\n")


def test_what_is_too_long_together_is_refused():
    prompt = Prompt("x", "").about(**{f"part_{number}": "y" * 50_000 for number in range(5)})
    with pytest.raises(PromptRefused, match="250000 characters together, a prompt takes 200000"):
        prompt.message("salt")
    with pytest.raises(PromptRefused, match="image is binary"):
        Prompt("x", "").about(image=b"GIF89a").message("salt")


def test_a_prompt_is_the_file_beside_its_module_and_its_digest(tmp_path):
    content = Path(summarizer.__file__).with_name("prompt.md").read_bytes()
    assert summarizer.PROMPT.sha256 == hashlib.sha256(content).hexdigest()
    assert summarizer.PROMPT.system.startswith(content.decode().strip())
    for made in (None, b"", b"\xff"):
        if made is not None:
            (tmp_path / "prompt.md").write_bytes(made)
        with pytest.raises(ConfigurationError, match="prompt .*/prompt.md"):
            Prompt.beside(str(tmp_path / "agent.py"))
