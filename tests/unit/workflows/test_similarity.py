"""The same in other words is found; another number, a negation or another thing is not the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.workflows.similarity import KEPT, period, same, similarity, sketch

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=200)

REWORDED = [
    ("Refund the customer 40 EUR", "We should refund 40 EUR to the customer"),
    (
        "Refund the charge in full because the card was stolen",
        "Because the card was stolen, please refund the full charge",
    ),
    ("The test for empty input is missing", "Still missing: a test for empty inputs!"),
    ("Reply that the parcel is late and offer a voucher", "Offer a voucher and reply that the parcel is late."),
    ("Use a retry with exponential backoff in the client", "Retry in the client, using exponential backoff"),
    ("Tone down the apology in the second paragraph", "The apology in the second paragraph should be toned down"),
    ("ＲＥＦＵＮＤ the ORDER", "refund the order"),
    ("Don't refund the order", "do not refund the order"),
]
DIFFERENT = [
    ("Refund the customer 40 EUR", "Refund the customer 50 EUR"),
    ("Refund 1.50 to the customer and close the ticket", "Refund 15.0 to the customer and close the ticket"),
    ("Approve the refund", "Do not approve the refund"),
    ("Approve the refund", "Approve the discount"),
    ("The test for empty input is missing", "The docstring for empty input is wrong"),
    ("Use a retry with exponential backoff in the client", "Use a circuit breaker in the client"),
    ("Reply that the parcel is late and offer a voucher", "Reply that the parcel is lost and offer a refund"),
    ("Close the ticket as solved", "Close the ticket as spam"),
    ("Assign the ticket to billing", "Assign the ticket to shipping"),
]


@pytest.mark.parametrize(("one", "other"), REWORDED)
def test_the_same_in_other_words_is_the_same(one, other):
    """Order, case, endings and common words do not count."""
    assert same(sketch(one), sketch(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_proposal_is_not_the_same(one, other):
    """A maker who changes the amount is not in a loop."""
    assert not same(sketch(one), sketch(other))


def test_synonyms_are_not_found():
    """So a round limit stands behind the detector."""
    assert not same(sketch("give the money back"), sketch("refund the payment"))


@pytest.mark.parametrize(("said", "length"), [("A", 1), ("AB", 2), ("ABC", 3), ("BCDE", 0), ("", 0)])
def test_a_cycle_of_any_length_is_found_at_its_first_return(said, length):
    """A-B-A-B at the second A, A-B-C-A at the second A."""
    texts = {"A": "refund it", "B": "send a voucher", "C": "apologise", "D": "ask legal", "E": "wait"}
    assert period([sketch(texts[one]) for one in said], sketch(texts["A"])) == length


@STABLE
@given(st.text(max_size=5_000), st.text(max_size=200))
def test_any_text_has_a_bounded_sketch_and_is_the_same_as_itself(text, other):
    """Whatever characters it has; and similarity has no direction."""
    one, two = sketch(text), sketch(other)
    assert len(one.shingles) <= KEPT and similarity(one, one) == 1.0
    assert 0.0 <= similarity(one, two) == similarity(two, one) <= 1.0
