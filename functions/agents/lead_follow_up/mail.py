"""A mail made of approved blocks. Pure."""

import json
import re
from dataclasses import dataclass

from functions.agents.lead_follow_up.blocks import BLOCKS, SUBJECTS
from functions.api.agent import PermanentError

# Without a dot between letters, of which a mail program makes a link.
NAME = re.compile(r"[^\W\d_]+([-'’][^\W\d_]+)*\.?")
LONGEST_NAME, MOST_BLOCKS = 40, 6


@dataclass(frozen=True)
class Mail:
    """The subject and the text."""

    subject: str
    text: str


def mail_of(proposal: str) -> Mail:
    """The mail that the members agreed on.

    Only the ids of approved texts and a name come from them, so nothing else can be in it. Raises PermanentError for a
    proposal that is not made of these.
    """
    try:
        draft = json.loads(proposal)
        subject, blocks, name = SUBJECTS[draft["subject"]], [BLOCKS[one] for one in draft["blocks"]], draft["name"]
        good = 0 < len(blocks) <= MOST_BLOCKS and (name == "" or len(name) <= LONGEST_NAME and NAME.fullmatch(name))
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise PermanentError("the members agreed on what is no mail of approved blocks")
    return Mail(subject, "\n\n".join(block.replace("{name}", name) for block in blocks))
