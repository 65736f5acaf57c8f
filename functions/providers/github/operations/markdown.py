"""An agent's text as GitHub shows it: it notifies nobody, loads nothing and hides nothing. Pure.

It may repeat what the author of a pull request wrote. An image would be fetched with whatever its address holds, a
mention would notify people, and HTML would hide text or stand for one of our marks. GitHub looks for mentions once
character references ("&#64;") are letters, so these are shown as they are written. Code in a fence stays as it is:
GitHub shows it as it is, and a suggestion is applied as it is.
"""

import re

BREAK = "\u200b"  # a zero-width space

# A fence that starts in the first column is one of the document and of no list or quotation, whose own fences are not
# recognized here and therefore treated as text. An indented one is the document's or a list's: which lines are code
# after it is not known here, so all of them are treated as text. https://spec.commonmark.org/0.31.2/#fenced-code-blocks
_FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_INDENTED_FENCE = re.compile(r" {1,3}(?:```|~~~)")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")
_HARMFUL = re.compile(
    r"(?P<html><(?=[A-Za-z/!?]))|(?P<image>!(?=\[))|(?P<mention>@(?=[A-Za-z0-9]))|(?P<reference>&(?=#?[A-Za-z0-9]+;))"
)


def harmless(text: str) -> str:
    """The text without mentions, images, HTML and character references; they are shown as text."""
    lines, fence, has_code = [], "", True
    for line in re.split(r"\r\n|\r|\n", text):
        if fence:
            closing = _CLOSING.fullmatch(line)
            if closing and closing[1].startswith(fence):
                fence = ""
            lines.append(line)
            continue
        has_code = has_code and not _INDENTED_FENCE.match(line)
        if has_code and (found := _FENCE.fullmatch(line)):
            fence = found[1] or found[2]
        lines.append(line if fence else _HARMFUL.sub(_broken, line))
    # An open fence would take in what is added after the text.
    return "\n".join([*lines, fence] if fence else lines)


def harmless_line(text: str) -> str:
    """The text in one line, without mentions, images and HTML."""
    return _HARMFUL.sub(_broken, " ".join(text.split()))


def _broken(found: re.Match[str]) -> str:
    return f"{found[0]}{BREAK}"
