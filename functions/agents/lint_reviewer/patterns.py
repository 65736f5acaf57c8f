"""Faults that a pattern of the syntax tree shows, in several languages, by ast-grep. Pure.

Each rule is right without knowing the project: what may be meant, or is a matter of style, is no rule here.
https://ast-grep.github.io/reference/rule.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ast_grep_py import SgNode, SgRoot

from functions.api.changes import ChangedFile, Finding, Severity

LARGEST = 200_000  # characters of a file
DEEPEST = 400  # brackets that are open at once; deeper ones are a program's, or meant to tire a parser
# What else tires tree-sitter, whose time then grows with the square: lines in a row that are continued and blank, and a
# run of signs without a name or a literal, which no grammar has ("=~" or "->" again and again).
_CONTINUED = re.compile(r"(?:\\\r?\n[ \t\f]*){200}")
_REPEATED = re.compile(r"([^\w\s])\1+")  # a ruler, which is harmless
_SIGNS = re.compile(r"(?:(?:[^\w\s\"'`]|\b(?:and|as|await|else|in|is|not|or|typeof|void)\b)\s*+)++")
MOST_SIGNS = 200


@dataclass(frozen=True)
class Pattern:
    """A rule of ast-grep for some languages; `rule` and `where` (for its variables) are as ast-grep has them."""

    name: str
    languages: Sequence[str]
    severity: Severity
    message: str
    reason: str
    rule: Mapping[str, Any]
    where: Mapping[str, Any] | None = None


_JS = ("javascript", "typescript", "tsx")
_ENDLESS = {"stopBy": "end"}


def _any(*patterns: str) -> dict[str, Any]:
    return {"any": [{"pattern": one} for one in patterns]}


_INJECTION = "A value with a quote in it ends the statement and begins another: pass values as parameters."
_SHELL = (
    "A value with a semicolon or a backtick in it is a command of its own: pass a list of arguments, without a shell."
)
_SQL = r"(?i)^[rbfu]*[\"'`]+\s*(select|insert|update|delete|with|replace)\b"

PATTERNS: Sequence[Pattern] = (
    Pattern(
        "sql-injection",
        ["python"],
        "high",
        "The SQL statement is put together from values.",
        _INJECTION,
        {
            "any": [
                {"pattern": "$DB.execute($SQL)"},
                {"pattern": "$DB.execute($SQL, $$$REST)"},
                {"pattern": "$DB.executemany($SQL, $$$REST)"},
            ]
        },
        {
            "SQL": {
                "all": [
                    {"regex": _SQL},
                    {
                        "any": [
                            {"kind": "string", "has": {"kind": "interpolation"}},
                            {"pattern": "$A % $B"},
                            {"pattern": "$A + $B"},
                            {"pattern": "$A.format($$$B)"},
                        ]
                    },
                ]
            }
        },
    ),
    Pattern(
        "shell-injection",
        ["python"],
        "high",
        "The shell gets a command that is put together from values.",
        _SHELL,
        {
            "any": [
                {
                    "any": [
                        {"pattern": f"subprocess.{name}($COMMAND, $$$REST)"}
                        for name in ("run", "call", "check_call", "check_output", "Popen")
                    ],
                    "has": {"kind": "keyword_argument", "regex": r"^shell\s*=\s*True$", **_ENDLESS},
                },
                {"pattern": "os.system($COMMAND)"},
                {"pattern": "os.popen($COMMAND)"},
            ]
        },
        {
            "COMMAND": {
                "any": [
                    {"kind": "string", "has": {"kind": "interpolation"}},
                    {"pattern": "$A % $B"},
                    {"pattern": "$A + $B"},
                    {"pattern": "$A.format($$$B)"},
                ]
            }
        },
    ),
    Pattern(
        "yaml-load",
        ["python"],
        "high",
        "`yaml.load` without a loader.",
        "Old versions run code from the text, and new ones refuse the call: use `yaml.safe_load`.",
        {"pattern": "yaml.load($TEXT)"},
    ),
    Pattern(
        "certificate-unchecked",
        ["python"],
        "high",
        "The server's certificate is not checked.",
        "Anybody on the way can read and change the traffic: pass the CA as `verify`.",
        {
            "kind": "keyword_argument",
            "regex": r"^verify\s*=\s*False$",
            "inside": {
                "kind": "argument_list",
                "inside": {"kind": "call", "regex": r"^(requests|httpx|session|client|self\.session)\."},
            },
        },
    ),
    Pattern(
        "swallowed-exception",
        ["python"],
        "medium",
        "A bare `except` that does nothing.",
        "It hides every fault, also a typo and Ctrl-C: name the exceptions that are meant.",
        {"kind": "except_clause", "regex": r"^except\s*:\s*(#[^\n]*\s*)?pass\s*$"},
    ),
    Pattern(
        "debugger",
        _JS,
        "high",
        "A `debugger` statement.",
        "It stops everybody's browser whose developer tools are open.",
        {"kind": "debugger_statement"},
    ),
    Pattern(
        "assignment-in-condition",
        _JS,
        "high",
        "The condition assigns, and does not compare.",
        "It is true whatever the value was before: write `===`.",
        {
            "kind": "assignment_expression",
            "inside": {"kind": "parenthesized_expression", "inside": {"kind": "if_statement", "field": "condition"}},
        },
    ),
    Pattern(
        "compared-with-nan",
        _JS,
        "high",
        "A comparison with `NaN`.",
        "`NaN` equals nothing, not even itself: use `Number.isNaN`.",
        _any("$A === NaN", "$A !== NaN", "$A == NaN", "$A != NaN", "NaN === $A", "NaN !== $A"),
    ),
    Pattern(
        "async-for-each",
        _JS,
        "medium",
        "`forEach` with an async function.",
        "Nobody waits for it, and its errors are lost: use `for ... of`, or `Promise.all` with `map`.",
        {"pattern": "$LIST.forEach($CALLBACK)"},
        {"CALLBACK": {"regex": r"^async\b", "any": [{"kind": "arrow_function"}, {"kind": "function_expression"}]}},
    ),
    Pattern(
        "html-injection",
        _JS,
        "high",
        "HTML is put together from values.",
        "A value with a tag in it runs as a script on the page: set `textContent`, or escape it.",
        {"any": [{"pattern": "$ELEMENT.innerHTML = $HTML"}, {"pattern": "document.write($HTML)"}]},
        {
            "HTML": {
                "any": [
                    {"kind": "template_string", "has": {"kind": "template_substitution"}},
                    {
                        "kind": "binary_expression",
                        "has": {
                            "any": [{"kind": kind} for kind in ("identifier", "member_expression")],
                            **_ENDLESS,
                        },
                    },
                ]
            }
        },
    ),
    Pattern(
        "eval",
        _JS,
        "high",
        "`eval` of a value.",
        "Whoever writes the value runs code on the page or on the server.",
        {"pattern": "eval($CODE)"},
        {"CODE": {"not": {"kind": "string"}}},
    ),
    *(
        Pattern(
            "compared-with-itself",
            languages,
            "high",
            "A value is compared with itself.",
            "The result is always the same: one side is meant to be another value.",
            {"kind": kind},
        )
        for languages, kind in (
            ((*_JS, "java", "go", "rust", "csharp"), "binary_expression"),
            (("python",), "comparison_operator"),
        )
    ),
    Pattern(
        "shell-injection",
        _JS,
        "high",
        "The shell gets a command that is put together from values.",
        _SHELL,
        _any("exec($COMMAND, $$$REST)", "execSync($COMMAND, $$$REST)", "exec($COMMAND)", "execSync($COMMAND)"),
        {"COMMAND": {"kind": "template_string", "has": {"kind": "template_substitution"}}},
    ),
    Pattern(
        "defer-in-loop",
        ["go"],
        "medium",
        "`defer` in a loop.",
        "It runs at the end of the function, so all files stay open until then: close in a function of its own.",
        {
            "kind": "defer_statement",
            "inside": {
                "kind": "for_statement",
                "stopBy": {"any": [{"kind": "func_literal"}, {"kind": "function_declaration"}]},
            },
        },
    ),
    Pattern(
        "certificate-unchecked",
        ["go"],
        "high",
        "The server's certificate is not checked.",
        "Anybody on the way can read and change the traffic: set `RootCAs`.",
        {"kind": "keyed_element", "regex": r"^InsecureSkipVerify:\s*true$"},
    ),
    Pattern(
        "sql-injection",
        ["go"],
        "high",
        "The SQL statement is put together from values.",
        _INJECTION,
        {
            "pattern": "fmt.Sprintf($SQL, $$$VALUES)",
            "inside": {
                "kind": "argument_list",
                "inside": {"kind": "call_expression", "regex": r"^[\w.]+\.(Query|QueryRow|Exec)(Context)?\("},
            },
        },
        {"SQL": {"regex": _SQL}},
    ),
    Pattern(
        "string-identity",
        ["java"],
        "high",
        "Strings are compared by identity.",
        "Equal strings can be different objects: use `equals`.",
        {
            "kind": "binary_expression",
            "any": [{"pattern": "$A == $S"}, {"pattern": "$A != $S"}, {"pattern": "$S == $A"}],
        },
        {"S": {"kind": "string_literal"}},
    ),
    Pattern(
        "debugger",
        ["ruby"],
        "high",
        "A breakpoint of a debugger.",
        "It stops the process where nobody is at its terminal.",
        {"any": [{"pattern": "binding.pry"}, {"pattern": "binding.irb"}, {"kind": "identifier", "regex": "^byebug$"}]},
    ),
    Pattern(
        "debug-output",
        ["rust"],
        "medium",
        "A `dbg!` macro.",
        "It prints to standard error each time it runs.",
        {"kind": "macro_invocation", "regex": r"^dbg!"},
    ),
    Pattern(
        "unguarded-removal",
        ["bash"],
        "high",
        "`rm -r` on a variable followed by a slash.",
        'If the variable is empty, this removes from the root: write `"${NAME:?}/"`.',
        {
            "kind": "command",
            "regex": r"^rm\s+(-[a-zA-Z]+\s+)*-[a-zA-Z]*[rR][a-zA-Z]*\s+[\"']?(\$[A-Z_a-z]\w*|\$\{\w+\})"
            r"[\"']?/[\"']?(\*|$)",
        },
    ),
)


def pattern_findings(file: ChangedFile) -> Iterator[Finding]:
    """What the rules of the file's language find in its new text."""
    text, language = file.new or "", file.language
    rules = [one for one in PATTERNS if language in one.languages]
    if not rules or not is_bounded(text):
        return
    root = SgRoot(text, language).root()
    for one in rules:
        if one.name == "compared-with-itself" and file.is_test:  # how equality itself is tested
            continue
        config: Any = {"rule": dict(one.rule), **({"constraints": one.where} if one.where else {})}
        for node in root.find_all(config):
            if one.name == "compared-with-itself" and not _compares_itself(node, language):
                continue
            yield Finding(one.name, file.path, node.range().start.line + 1, one.severity, one.message, one.reason)
    yield from _duplicate_keys(root, file)


def is_bounded(text: str) -> bool:
    """Whether a parser takes the text in a bounded time."""
    if len(text) > LARGEST or _CONTINUED.search(text):
        return False
    runs = _SIGNS.finditer(_REPEATED.sub(r"\1", text))
    if any(len("".join(run[0].split())) > MOST_SIGNS for run in runs if len(run[0]) > MOST_SIGNS):
        return False
    depth = 0
    for letter in text:
        if letter in "([{":
            depth += 1
            if depth > DEEPEST:
                return False
        elif letter in ")]}":
            depth = max(0, depth - 1)
    return True


def first_error(text: str, language: str) -> int:
    """The line of the first syntax error, 0 without one, or if the text is too large to tell."""
    if not is_bounded(text):
        return 0
    found = SgRoot(text, language).root().find(kind="ERROR")
    return found.range().start.line + 1 if found else 0


def _compares_itself(node: SgNode, language: str) -> bool:
    parts = node.children()
    if len(parts) != 3 or parts[1].text() not in ("==", "===", "!=", "!==", "<", ">", "<=", ">="):
        return False
    left, right = parts[0].text(), parts[2].text()
    # A call can return something else each time, a number is compared with itself in tests of the compiler, and
    # x != x is how some languages find NaN.
    plain = all(letter.isalnum() or letter in "._?" for letter in left) and not left[:1].isdigit()
    return plain and left == right and not (parts[1].text() in ("!=", "!==") and "." not in left)


def _duplicate_keys(root: SgNode, file: ChangedFile) -> Iterator[Finding]:
    if file.language not in _JS:
        return
    for literal in root.find_all(kind="object"):
        seen: set[str] = set()
        for pair in literal.children():
            key = pair.field("key") if pair.kind() == "pair" else None
            if key is None or key.kind() == "computed_property_name":
                continue
            written = key.text()
            name = written[1:-1] if key.kind() == "string" else written
            if name in seen:
                message = "A key is in the object twice."
                line = pair.range().start.line + 1
                yield Finding(
                    "duplicate-key", file.path, line, "high", message, "The last one wins, and the other is lost."
                )
            seen.add(name)
