"""Finds the line of an error in a Cedar text: the errors of cedarpy have no position.

A text is split into policies and tokens by comments, strings and semicolons only. Cedar itself decides what is valid:
it parses longer and longer parts of a policy.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cedarpy import PolicySet

_TOKEN = re.compile(r'(?P<skip>\s+|//[^\n]*)|"(?:\\.|[^"\\])*"|\w+|::|&&|\|\||[=!<>]=|.', re.DOTALL | re.ASCII)
_NAMED = re.compile(r"[`']([^`']+)[`']|: (\w+)$")  # what Cedar's errors name
UNFINISHED = "unexpected end of input"


@dataclass(frozen=True)
class Token:
    """A word, a string or an operator, its end in the statement, and its line in the file."""

    text: str
    end: int
    line: int

    @property
    def name(self) -> str:
        """The name in it, written as a word or as a string."""
        return self.text.strip('"')

    @property
    def is_open(self) -> bool:
        """Whether it is a string that does not end on its line."""
        return self.text == '"' or (self.text.startswith('"') and "\n" in self.text)


@dataclass(frozen=True)
class Statement:
    """One policy of a file, up to its semicolon."""

    text: str
    tokens: Sequence[Token]

    @property
    def line(self) -> int:
        """The line of its first token."""
        return self.tokens[0].line


@dataclass(frozen=True)
class Part:
    """A policy up to its head, or up to an operand of && or ||; `tokens` are those after the previous part."""

    text: str
    tokens: Sequence[Token]


def statements(text: str) -> list[Statement]:
    """The policies of a text, in order; the semicolon of the last may be missing."""
    found: list[Statement] = []
    tokens: list[Token] = []
    start = 0
    for match in _TOKEN.finditer(text):
        if match["skip"]:
            continue
        tokens.append(Token(match[0], match.end() - start, text.count("\n", 0, match.start()) + 1))
        if match[0] == ";":
            found.append(Statement(text[start : match.end()], tokens))
            tokens, start = [], match.end()
    return [*found, Statement(text[start:], tokens)] if tokens else found


def syntax_error(statement: Statement) -> tuple[int, str] | None:
    """The line and the message of Cedar's syntax error, None if the statement is valid."""
    tokens, refused = statement.tokens, _refusals(statement.text)
    if not refused:
        return None
    (said,) = refused
    if said == UNFINISHED:
        return tokens[-1].line, "the last policy does not end: is a ';' missing?"
    if open_end := next((token for token in tokens if token.is_open), None):
        return open_end.line, f"{said}: a string does not end on this line; is a '\"' missing?"
    if not said.startswith(("unexpected token", "invalid token")):
        return place_of(statement, said, _refusals).line, said
    wrong = next((token for token in tokens if _stops_at(statement.text[: token.end], token, said)), tokens[-1])
    hint = ": is a ';' missing before it?" if wrong.text in ("@", "permit", "forbid") else ""
    return wrong.line, f"{said}{hint}"


def _stops_at(text: str, last: Token, said: str) -> bool:
    """Whether Cedar reports the error for the text up to this token; the text before it has no error.

    With a semicolon after it, the parser also reports errors for which it would otherwise wait for more text.
    """
    if said.startswith("unexpected token") and f"`{last.text}`" not in said:
        return False
    return said in _refusals(text) + _refusals(f"{text};")


def place_of(statement: Statement, error: str, errors_of: Callable[[str], Sequence[str]]) -> Token:
    """The token of a statement that `error` is about, in the first part with that error."""
    part = next((part for part in _parts(statement) if error in errors_of(part.text)), statement)
    return named(part.tokens, error) or part.tokens[0]


def named(tokens: Sequence[Token], error: str) -> Token | None:
    """The first token that Cedar's error names: of the whole name if it is there, or else of its end."""
    for match in _NAMED.finditer(error):
        names = [part[0].strip('"') for part in _TOKEN.finditer(match[1] or match[2]) if not part["skip"]]
        for number, token in enumerate(tokens):
            if [other.name for other in tokens[number : number + len(names)]] == names:
                return token
        for token in tokens:
            if token.name == names[-1]:
                return token
    return None


def _parts(statement: Statement) -> Iterator[Part]:
    depth, start = 0, 0
    for number, token in enumerate(statement.tokens):
        before = statement.text[: token.end - len(token.text)]
        if depth == 0 and token.text in ("when", "unless"):
            yield Part(f"{before};", statement.tokens[start:number])
            start = number
        elif depth == 1 and token.text in ("&&", "||"):
            yield Part(f"{before}}};", statement.tokens[start:number])
            start = number + 1
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
    yield Part(statement.text, statement.tokens[start:])


def _refusals(text: str) -> list[str]:
    try:
        PolicySet.from_str(text)
    except ValueError as error:
        return [str(error)]
    return []
