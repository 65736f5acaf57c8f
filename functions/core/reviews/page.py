"""The pages of review links: plain HTML, no external content, no scripts, every text escaped."""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:.75rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}"
    "blockquote{border-left:4px solid #c80;margin:0;padding:0 1rem}"
    "input{width:100%;box-sizing:border-box;padding:.4rem}"
    "button{font-size:1rem;padding:.5rem 2rem;margin:1rem 1rem 0 0}"
)
LONGEST_INDENTED = 1_000_000  # characters
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
    action, says = review["action"], review["agent_says"]
    otherwise = {"deny": "it is not done", "approve": "it is done without you"}[review["default"]]
    doing = (
        f"<pre>{_text(action['connector'])} {_text(action['operation'])}\n{_json(action['arguments'])}</pre>"
        if action
        else "<p>None: you do yourself what needs doing, and approve here when it is done.</p>"
    )
    hidden = {"form": form, "action": review["action_digest"], "state": review["state_digest"]}
    fields = "".join(f'<input type="hidden" name="{name}" value="{_text(value)}">' for name, value in hidden.items())
    return _page(
        f"Review {review['id']}",
        f"<p>Until {_text(review['expires'])}; then {otherwise}. "
        f"Approvals: {len(review['approved_by'])} of {review['needed']}.</p>"
        f"<h2>The action</h2>{doing}"
        f"<h2>What it meets, as read at the provider</h2><pre>{_json(review['state'])}</pre>"
        f"<h2>What agent {_text(review['agent'])} says</h2>"
        f"<blockquote><p>{_text(says['question'])}</p><p>{_text(says['why'])}</p>"
        f"<pre>{_json(says['evidence'])}</pre></blockquote>"
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


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{_text(title)}</h1>{body}</body></html>"
    )


def _text(value: object) -> str:
    return escape(str(value))


def _json(value: object) -> str:
    # ASCII only: no character of the agent's choosing can reorder or hide a part of the text.
    text = json.dumps(value, indent=2)
    # Indented, deeply nested values can exceed the size that Lambda may return.
    return _text(text if len(text) <= LONGEST_INDENTED else json.dumps(value))
