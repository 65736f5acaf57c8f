"""The pages of review links: plain HTML, no external content, no scripts, every text escaped."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from functions.core.reviews import agent_text
from functions.core.reviews.signed_facts import Row, facts, repeated

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:.75rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}"
    # What an agent says stays within its frame.
    "blockquote{border-left:4px solid #c80;margin:0;padding:0 1rem;overflow:hidden}"
    "blockquote p{margin:0;unicode-bidi:isolate;overflow-wrap:anywhere}"
    "input{width:100%;box-sizing:border-box;padding:.4rem}"
    "button{font-size:1rem;padding:.5rem 2rem;margin:1rem 1rem 0 0}"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # The address is the permission: it must reach no other site, cache or search engine.
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
# The same for a used, an expired and an invalid link: a stranger learns nothing.
NOT_FOUND = "There is nothing to decide here. The link was used, has expired, or is not valid."


def question(review: Mapping[str, Any], form: str) -> str:
    """The page on which somebody decides; `form` is sent back with the decision."""
    said = agent_text.said(review["agent_says"])
    otherwise = {"deny": "it is not done", "approve": "it is done without you"}[review["default"]]
    says = "".join(f"<p>{_text(row)}</p>" for row in said.rows)
    more = f"<p>{said.left_out} more rows are not shown; an operator can see them.</p>" if said.left_out else ""
    hidden = {"form": form, "action": review["action_digest"], "state": review["state_digest"]}
    fields = "".join(f'<input type="hidden" name="{name}" value="{_text(value)}">' for name, value in hidden.items())
    return _page(
        f"Review {review['id']}",
        f"<p>Until {_text(review['expires'])}; then {otherwise}. "
        f"Approvals: {len(review['approved_by'])} of {review['needed']}.</p>"
        f"<h2>The action, and the state that it meets</h2>{_facts(facts(review))}"
        f"<h2>What agent {_text(review['agent'])} says</h2><blockquote>{says}</blockquote>{more}"
        f"<h2>What you decide on</h2>{_facts(repeated(review))}"
        '<form method="post"><p><label>Note, which the agent receives too '
        f'<input name="note" maxlength="1000" autocomplete="off"></label></p>{fields}'
        '<button name="do" value="approve">Approve</button><button name="do" value="deny">Deny</button></form>',
    )


def decided(review: Mapping[str, Any]) -> str:
    """The page after somebody has decided."""
    decision = review["decision"]
    outcome = (
        f"It is {decision['result']}."
        if decision
        else f"{len(review['approved_by'])} of {review['needed']} have approved; another person must too."
    )
    return _page(f"Review {review['id']}", f"<p>{outcome} You can close this page.</p>")


def not_found() -> str:
    """The page of every link that is not valid for an open review."""
    return _page("Review", f"<p>{NOT_FOUND}</p>")


def again() -> str:
    """The page of a link that cannot be checked yet."""
    return _page("Review", "<p>This link cannot be checked yet. Load the page again in a few seconds.</p>")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{_text(title)}</h1>{body}</body></html>"
    )


def _text(value: object) -> str:
    return escape(str(value))


def _facts(rows: Sequence[Row]) -> str:
    return f"<pre>{_text(chr(10).join(f'{name:<12} {value}' for name, value in rows))}</pre>"
