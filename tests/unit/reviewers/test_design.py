"""The design reviewer: which findings of a model count, and what it is asked."""

import pytest
from pydantic import ValidationError

from functions.agents.design_reviewer.opinion import LONGEST, MOST, Fault, Opinion, excerpt, faults, nothing
from tests.unit.changes.made import change

CHANGE = change(("a.py", "def f(a):\n    return a\n", "def f(a):\n    return a / len(a)\n"))


def fault(**other):
    said = {"path": "a.py", "line": 2, "quote": "return a / len(a)", "message": "It fails.", "reason": "With []."}
    return Fault(**{**said, **other})


def test_a_fault_that_quotes_its_line_is_a_finding():
    (one,) = faults(Opinion(faults=[fault()]), CHANGE)
    assert (one.rule, one.path, one.line, one.severity) == ("design", "a.py", 2, "medium")


@pytest.mark.parametrize(
    "other",
    [{"line": 1}, {"line": 9}, {"path": "b.py"}, {"quote": "return a * len(a)"}, {"quote": ""}, {"quote": "a"}],
    ids=["not changed", "no line", "no file", "another text", "nothing", "a letter"],
)
def test_a_fault_at_a_made_up_place_does_not_count(other):
    assert faults(Opinion(faults=[fault(**other)]), CHANGE) == ()


def test_a_models_text_is_cleaned():
    (one,) = faults(Opinion(faults=[fault(message="See <b>https://evil.example</b> @octocat #1")]), CHANGE)
    assert one.message == "See (link removed) octocat no. 1"


def test_an_opinion_is_short():
    with pytest.raises(ValidationError):
        Opinion(faults=[fault()] * (MOST + 1))
    assert (nothing().faults, nothing().decided) == ([], False)


def test_the_model_gets_code_with_the_numbers_of_added_lines():
    """No tests, no data, and whole files up to a limit."""
    assert excerpt(CHANGE) == {"a.py": "  def f(a):\n-     return a\n2+     return a / len(a)"}
    long = "x = 1\n" * (LONGEST // 6)
    assert list(excerpt(change(("a.py", None, long), ("b.py", None, "y = 1\n"), ("c.md", None, "z\n")))) == ["b.py"]
