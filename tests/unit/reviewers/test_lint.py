"""The lint reviewer: faults on changed lines, in several languages, and hostile files."""

import sys
from dataclasses import replace

import pytest
from ast_grep_py import SgRoot
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.agents.lint_reviewer.patterns import PATTERNS, is_bounded
from functions.agents.lint_reviewer.python import _KINDS
from functions.agents.lint_reviewer.review import examined, lint
from functions.api.changes import plain
from tests.unit.changes.made import change, rules

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=40)
DEEP = 50_000


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda one: f"{one.name}-{one.languages[0]}")
def test_each_pattern_is_valid_in_its_languages(pattern):
    for language in pattern.languages:
        config = {"rule": dict(pattern.rule), **({"constraints": pattern.where} if pattern.where else {})}
        SgRoot("", language).root().find(config)


def test_what_rules_say_is_shown_as_it_is():
    """Cleaning is for the text of others."""
    for text in (text for one in (*PATTERNS, *_KINDS.values()) for text in (one.message, one.reason)):
        shown = text.replace("{0}", "`x`")
        assert plain(shown) == shown


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        ("a.py", "x = 1\n", "x = 1\nprint(y)\n", [(2, "undefined-name")]),
        ("a.py", None, "def f(a, b=[]):\n    b.append(a)\n", [(1, "mutable-default")]),
        ("a.py", None, "def f(a, b=[]):\n    return [*b, a]\n", []),
        ("a.py", None, "def f(a, b=[]):\n    b = list(b)\n    b.append(a)\n    return b\n", []),
        ("a.py", None, "import json  # noqa: F401\n", []),
        ("a.py", None, "from a import b as b\n", []),
        ("a.py", "x = 1\n", "x = (1\n", [(1, "syntax-error")]),
        ("a.js", "f(1);\n", "f(1)) {\n", [(1, "syntax-error")]),
        ("a.js", None, "f(1)) {\n", []),
        ("a.js", None, "const a = { '\"': 1, \"'\": 2 };\n", []),
        ("a.rb", None, "def f\n  byebug\nend\n", [(2, "debugger")]),
        ("test_a.py", None, "x = 1\nassert x == x\n", []),
        ("a.json", "{}\n", '{"a": }\n', [(1, "json-syntax")]),
        ("a.json", "{ // old trouble\n}\n", '{ // old trouble\n"a": 1}\n', []),
        ("a.py", "print(y)\n", "print(y)\nx = 1\n", []),
    ],
)
def test_a_fault_is_found_on_a_line_that_changes(path, old, new, found):
    """Trouble that was there before is not the change's."""
    assert rules(lint(change((path, old, new)))) == found


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: F821", "# type: ignore", "# pyflakes: ignore"])
def test_a_comment_of_an_outsider_silences_nothing(comment):
    made = change(("a.py", None, f"print(y)  {comment}\n"))
    assert rules(lint(made)) == []
    assert rules(lint(replace(made, fork=True))) == [(1, "undefined-name")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_does_not_move_findings_off_their_lines(end):
    """It ends a line of Python, and none of the diff."""
    made = change(("a.py", None, f"# a\rx = 1\r\r{end}print(y){end}"))
    assert rules(lint(made)) == [(2, "undefined-name")]


@pytest.fixture
def python_limit():
    """The recursion limit that Python starts with: a test before may have raised it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("python_limit")
def test_a_program_that_no_parser_reads_is_counted():
    """Also if only pyflakes cannot follow it; what is found in others, and by patterns, stays."""
    deep = "print(y)\nyaml.load(x)\nx = (1" + "\n+1" * 2_000 + ")\n"
    files = [("a.py", "(" * 500 + "\n"), ("b.js", "x = 1;\n" * 40_000), ("c.py", deep), ("d.py", "print(y)\n")]
    found, left = examined(change(*((path, None, text) for path, text in files)))
    assert ([(one.path, one.rule) for one in found], left) == ([("c.py", "yaml-load"), ("d.py", "undefined-name")], 3)


def test_a_typo_is_one_finding():
    """The variable whose name is misspelt is not unused too."""
    made = change(("a.py", None, "def f(a):\n    values = list(a)\n    return sum(valeus)\n"))
    assert rules(lint(made)) == [(3, "undefined-name")]


def test_a_file_that_people_did_not_write_is_not_linted():
    assert lint(change(("a_pb2.py", None, "print(y)\n"), ("vendor/a.py", None, "print(y)\n"))) == ()


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP,
        "x = " + "-" * DEEP + "1",
        "x = " + "[" * 300 + "]" * 300,
        "a" + ".b" * DEEP,
        "if a:\n" + "".join(f"{' ' * depth}if a:\n" for depth in range(1, 150)),
        "\0",
        "<<<<<<< a\n" * DEEP,
        "=======\n>>>>>>> b\n" * 20_000,
        "run: |\n" + f"  {'${{' * 1_600}\n" * 20,
    ],
    ids=["brackets", "signs", "lists", "attributes", "blocks", "nul", "markers", "ends", "expressions"],
)
@pytest.mark.parametrize("path", ["a.py", "a.js", "a.json", ".github/workflows/a.yml"])
def test_a_file_that_is_made_to_tire_a_parser_is_survived(path, text):
    lint(change((path, None, text + "\n")))


def test_brackets_have_a_limit():
    assert is_bounded("([{a}])" * 1000)
    assert not is_bounded("(" * 1000) and not is_bounded("a" * 300_000)


@pytest.mark.parametrize("line", ["\\\n", "\\\r\n", "\\\n \t"])
def test_continued_blank_lines_have_a_limit(line):
    """The parser's time grows with their square: 40,000 of them took it half a minute."""
    assert not is_bounded(line * 1000)
    assert is_bounded((line * 100 + "a\n") * 20)


@pytest.mark.parametrize("signs", ["=~", "->", "!}", "not ,", "~=\n"])
def test_a_run_of_signs_has_a_limit(signs):
    """The parser repairs it in a time that grows with the square: 20,000 characters took it a minute."""
    assert not is_bounded("a = 1\n" + signs * 300)
    assert is_bounded(f"a = 1 {signs} 2\n" * 300) and is_bounded("#" + "=" * 3000 + "\n" + "})\n" * 50)


@STABLE
@given(
    st.sampled_from(["a.py", "a.ts", "a.go", "a.sh", "a.json", "package.json", ".github/workflows/a.yml"]),
    st.text(st.sampled_from("ab=({[<>)}]'\"`\\:;#/ \n\t${}|é"), max_size=80),
)
def test_any_text_is_linted_and_every_finding_is_on_an_added_line(path, text):
    made = change((path, None, text + "\n"))
    assert all(made.by_path[one.path].changed(one.line) for one in lint(made))
