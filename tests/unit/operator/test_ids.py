"""What an operator types of an id."""

import pytest

from hookline.operator.errors import OperatorError
from hookline.operator.ids import complete

KNOWN = {"abcd1": "one", "abcd2": "two", "abcd": "the short one", "ef567": "last"}


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("abcd1", "abcd1"),
        ("abcd", "abcd"),
        ("ef56", "ef567"),
        ("EF56", "ef567"),
        ("ef5", None),
        ("", None),
        ("1234", None),
        ("ef5678", None),
    ],
)
def test_an_id_is_itself_or_the_only_one_that_begins_so(typed, id):
    """A complete id is not ambiguous, and less than four characters are no beginning."""
    assert complete(typed, KNOWN, "letters") == id


def test_several_are_named_but_not_all_of_many():
    known = {f"abcd{number}": "of it" for number in range(7)}
    told = r"^abcd is ambiguous, 7 letters begin with it: abcd0 \(of it\), .*, abcd4 \(of it\) and 2 more$"
    with pytest.raises(OperatorError, match=told):
        complete("abcd", known, "letters")
