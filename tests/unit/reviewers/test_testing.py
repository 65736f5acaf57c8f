"""The tests reviewer: code without tests where tests are usual, and tests that do not run."""

import time

import pytest

from functions.agents.tests_reviewer.conventions import is_code, usual_tests
from functions.agents.tests_reviewer.markers import is_focused, is_skipped
from functions.agents.tests_reviewer.review import MOST_CANDIDATES, candidates, untested
from tests.unit.changes.made import change, rules

OLD = "def f(a):\n    return a\n"
NEW = "def f(a):\n    if a:\n        a += 1\n    a *= 2\n    b = a\n    b += 1\n    return b\n"
FILE = "def f(a):\n    return a\n\n\ndef g(a):\n" + "".join(f"    a += {number}\n" for number in range(12))


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("src/shop/tax.py", "tests/test_tax.py"),
        ("src/shop/tax.py", "tests/shop/test_tax.py"),
        ("shop/tax.py", "shop/tests/test_tax.py"),
        ("src/cart.ts", "src/cart.test.ts"),
        ("src/cart.tsx", "src/__tests__/cart.test.tsx"),
        ("pkg/a.go", "pkg/a_test.go"),
        ("src/main/java/a/Fee.java", "src/test/java/a/FeeTest.java"),
        ("app/models/order.rb", "spec/models/order_spec.rb"),
        ("lib/shop/order.rb", "test/shop/order_test.rb"),
    ],
)
def test_tests_lie_where_the_language_has_them(path, tests):
    assert tests in usual_tests(path)


def test_code_that_changes_without_its_tests_is_named_once():
    """However many files it has."""
    files = [(f"src/{name}.py", OLD, NEW) for name in ("a", "b", "c")]
    (one,) = untested(change(*files, beside=["tests/test_a.py", "tests/test_b.py", "tests/test_c.py"]))
    assert (one.rule, one.path, one.line) == ("untested-change", "src/a.py", 2)
    assert "So it is with 2 more" in one.message


@pytest.mark.parametrize(
    ("files", "beside"),
    [
        ([("src/a.py", OLD, NEW)], []),
        ([("src/a.py", OLD, NEW)], ["tests/test_b.py"]),
        ([("src/a.py", OLD, NEW), ("tests/test_b.py", "x\n", "y\n")], ["tests/test_a.py"]),
        ([("src/a.py", OLD, OLD.replace("return a", "return b"))], ["tests/test_a.py"]),
        ([("src/a.py", OLD, OLD + "# " + "\n# ".join("why so") + "\n")], ["tests/test_a.py"]),
        ([("src/a.py", OLD, None)], ["tests/test_a.py"]),
        ([("src/new.py", None, OLD)], ["tests/test_a.py"]),
        ([("src/new.py", None, FILE)], []),
    ],
    ids=["no tests", "no own test", "a test changes", "few lines", "comments", "removed", "small", "no tests at all"],
)
def test_code_that_needs_no_test_is_not_named(files, beside):
    assert untested(change(*files, beside=beside)) == ()


def test_a_new_file_with_code_is_named_where_others_have_tests():
    assert rules(untested(change(("src/new.py", None, FILE), beside=["tests/test_a.py"]))) == [
        (1, "new-code-without-test")
    ]


def test_tests_that_go_while_their_subject_stays_are_named():
    """On a line that goes. Not if it goes too, or if another test comes."""
    test = ("tests/test_a.py", "def test_a():\n    pass\n", None)
    (one,) = untested(change(test, beside=["src/a.py"]))
    assert (one.rule, one.side, one.line) == ("removed-test", "LEFT", 1)
    assert untested(change(test, ("src/a.py", OLD, None))) == ()
    assert untested(change(test, ("tests/unit/test_a.py", None, "x = 1\n"), beside=["src/a.py"])) == ()


@pytest.mark.parametrize(
    ("language", "line", "focused"),
    [
        ("typescript", "  it.only('x', () => {", True),
        ("javascript", "describe.only(`x`, () => {", True),
        ("javascript", "fit('x', () => {", True),
        ("javascript", "model.fit(x)", False),
        ("javascript", "  expect(found.only('x'))", False),
        ("javascript", "// it.only('x')", False),
        ("ruby", '  fit "x" do', True),
        ("python", "it.only('x')", False),
    ],
)
def test_a_test_that_runs_alone_is_known(language, line, focused):
    assert is_focused(language, line) == focused


@pytest.mark.parametrize(
    ("language", "line", "before", "skipped"),
    [
        ("python", "@pytest.mark.skip", "", True),
        ("python", "@pytest.mark.skip()", "", True),
        ("python", "@pytest.mark.skip", "# until the clock is fixed", False),
        ("python", "@pytest.mark.skip(reason='slow')", "", False),
        ("python", "@pytest.mark.skipif(x)", "", False),
        ("javascript", "it.skip('x', () => {", "", True),
        ("javascript", "it.skip('x', () => {", "  // flaky, see 12", False),
        ("javascript", "xit('x', () => {", "", True),
        ("javascript", "it.skip(isCi, 'x')", "", False),
        ("go", "\tt.Skip()", "", True),
        ("go", '\tt.Skip("needs the network")', "", False),
        ("java", "    @Disabled", "", True),
        ("java", '    @Disabled("until JDK 30")', "", False),
        ("ruby", '  xit "x" do', "", True),
    ],
)
def test_a_test_that_is_switched_off_says_why(language, line, before, skipped):
    assert is_skipped(language, line, before) == skipped


@pytest.mark.parametrize(
    ("language", "line", "code"),
    [
        ("python", "x = 1", True),
        ("python", "# x = 1", False),
        ("python", "from a import b", False),
        ("python", "    ),", False),
        ("ruby", "end", False),
        ("go", "// x", False),
        ("go", "x := 1", True),
        ("java", "package a;", False),
        ("typescript", "import { a } from './a';", False),
        ("typescript", "  return a;", True),
    ],
)
def test_a_line_of_code_is_known(language, line, code):
    assert is_code(language, line) == code


def test_the_paths_that_are_looked_up_are_bounded():
    files = [(f"src/a/b/c/{number}.ts", OLD, NEW) for number in range(40)]
    assert 0 < len(candidates(change(*files))) <= MOST_CANDIDATES
    assert candidates(change(("README.md", "a\n", "b\n"))) == ()


def test_the_time_for_a_line_grows_with_its_length_alone():
    """A line of spaces has no place where an import could begin."""
    timed = time.process_time()
    for _ in range(20):
        is_code("python", " " * 5_000 + "!")
    assert time.process_time() - timed < 0.5
