"""What a mail must be, no matter which agent wrote it. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

# A first name: letters, and what names have between them. No digits, tags or sentences; and no dot between letters, of
# which a mail program makes a link ("example.com").
NAME = re.compile(r"[^\W\d_]+([-'’][^\W\d_]+)*\.?")
MOST_BLOCKS = 6


def objection(text: str, task: Mapping[str, Any]) -> str:
    """What is wrong with the proposal `text` for the lead of `task`, "" if nothing is."""
    try:
        draft = json.loads(text)
        subject, blocks, name = draft["subject"], draft["blocks"], draft["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "write a JSON object with subject, blocks and name"
    if not isinstance(blocks, list) or not all(isinstance(one, str) for one in (subject, name, *blocks)):
        return "write ids as texts"
    if subject not in [one["id"] for one in task["subjects"]]:
        return "the subject is not an approved one"
    approved = [one["id"] for one in task["blocks"]]
    if any(one not in approved for one in blocks):
        return "a block is not an approved one"
    return _order(blocks) or _name(name, blocks, task)


def _order(blocks: list[str]) -> str:
    if len(set(blocks)) != len(blocks) or not 3 <= len(blocks) <= MOST_BLOCKS:  # noqa: PLR2004 - greeting, one, closing
        return f"write 3 to {MOST_BLOCKS} blocks, each once"
    if not blocks[0].startswith("hello") or blocks[-1] != "closing":
        return "begin with a greeting and end with the closing"
    return "one greeting is enough" if any(one.startswith("hello") for one in blocks[1:]) else ""


def _name(name: str, blocks: list[str], task: Mapping[str, Any]) -> str:
    if (blocks[0] == "hello") != bool(name):
        return "the greeting with a name goes with a name, and the other one without"
    if name and not NAME.fullmatch(name):
        return "this is no name: leave the name out"
    return "" if not name or name in (task["full_name"] or "") else "this name is not theirs: leave the name out"
