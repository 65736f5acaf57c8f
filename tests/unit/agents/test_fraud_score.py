"""The fraud score: what each signal says on its edges, and what holds for every payment."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.agents.fraud.score import Payment, amount_signal, novelty, risk_signal, score, velocity_signal
from functions.agents.fraud.settings import SETTINGS

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=50)
NOW = 1_790_000_000
PAYMENT = Payment(amount=4200, currency="usd", created=NOW, country="US", card="fp_1", risk_level="normal", exponent=2)

PAYMENTS = st.builds(
    Payment,
    amount=st.integers(0, 10**12),
    currency=st.sampled_from(["usd", "eur", "jpy"]),
    created=st.integers(NOW - 200_000, NOW + 1000),
    country=st.sampled_from([None, "", "US", "DE", "BR"]),
    card=st.sampled_from([None, "", "fp_1", "fp_2"]),
    risk_level=st.sampled_from([None, "", "normal", "not_assessed", "elevated", "highest", "new word"]),
    exponent=st.sampled_from([0, 2, None]),
)
PASTS = st.lists(PAYMENTS, max_size=8)


def paid(*amounts: int, **changes: object) -> list[Payment]:
    """A past of these amounts, a day and more ago."""
    return [replace(PAYMENT, amount=amount, created=NOW - 100_000 - n, **changes) for n, amount in enumerate(amounts)]


@given(PAYMENTS, PASTS)
@STABLE
def test_every_score_lies_between_0_and_1(payment, past):
    """So does every contribution, and none is more than the whole."""
    result = score(payment, past, SETTINGS)
    assert 0 <= result.value <= 1
    assert all(0 <= share <= result.value + 0.001 for share in result.contributions.values())


@given(PAYMENTS, PASTS, st.integers(0, 10**12))
@STABLE
def test_a_larger_amount_never_scores_lower(payment, past, more):
    """All else being the same."""
    larger = replace(payment, amount=payment.amount + more)
    assert score(larger, past, SETTINGS).value >= score(payment, past, SETTINGS).value


@given(PAYMENTS, PASTS)
@STABLE
def test_one_more_payment_at_that_moment_never_lowers_the_velocity(payment, past):
    """A burst does not hide in a longer burst."""
    crowded = [*past, replace(payment)]
    assert velocity_signal(payment, crowded, SETTINGS) >= velocity_signal(payment, past, SETTINGS)


@given(PAYMENTS, PASTS, st.randoms(use_true_random=False))
@STABLE
def test_the_order_of_the_past_does_not_matter(payment, past, random):
    """Timelines may come in any order."""
    shuffled = random.sample(past, len(past))
    assert score(payment, shuffled, SETTINGS) == score(payment, past, SETTINGS)


@given(PAYMENTS, PASTS)
@example(replace(PAYMENT, amount=SETTINGS.unknown_comfort + 1), [])
@STABLE
def test_contributions_are_the_signals_that_spoke_the_weightiest_first(payment, past):
    """A signal that contributed nothing is left out."""
    shares = list(score(payment, past, SETTINGS).contributions.values())
    assert shares == sorted(shares, reverse=True)
    assert all(share > 0 for share in shares)


@given(PAYMENTS, PASTS)
@STABLE
def test_the_score_is_the_chance_that_any_signal_is_right(payment, past):
    """1 - (1 - w1)(1 - w2)…, to the rounding of what is shown."""
    result = score(payment, past, SETTINGS)
    left = 1.0
    for share in result.contributions.values():
        left *= 1 - share
    assert result.value == pytest.approx(1 - left, abs=0.004)


@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        ({"amount": 10**9}, SETTINGS.amount_weight),
        ({"country": "BR"}, SETTINGS.country_weight),
        ({"card": "fp_2"}, SETTINGS.card_weight),
        ({"risk_level": "highest"}, SETTINGS.risk_weight),
    ],
    ids=str,
)
def test_a_full_signal_by_itself_scores_its_weight(kind, weight):
    """And is named as the only one."""
    result = score(replace(PAYMENT, **kind), paid(4200, 4200, 4200), SETTINGS)
    assert result.value == weight
    assert list(result.contributions.values()) == [weight]


def test_a_regular_payment_of_a_known_customer_scores_nothing():
    """Neither does anything contribute."""
    result = score(PAYMENT, paid(4000, 4400, 4100), SETTINGS)
    assert (result.value, result.contributions) == (0.0, {})


def test_a_stranger_with_an_ordinary_amount_scores_nothing():
    """Nobody's first payment is held against them."""
    assert score(PAYMENT, [], SETTINGS).value == 0.0


@pytest.mark.parametrize(
    ("amount", "signal"),
    [
        (0, 0.0),
        (-5, 0.0),
        (SETTINGS.unknown_comfort, 0.0),
        (3 * SETTINGS.unknown_comfort, 0.5),
        (5 * SETTINGS.unknown_comfort, 1.0),
        (50 * SETTINGS.unknown_comfort, 1.0),
    ],
)
@pytest.mark.parametrize("past", [[], [10, 10], [0, 0, 0]], ids=["none", "too little", "nothing paid"])
def test_without_a_distribution_the_amount_speaks_from_the_comfort_on(amount, signal, past):
    """Nothing up to it, everything from five times as much."""
    assert amount_signal(replace(PAYMENT, amount=amount), paid(*past), SETTINGS) == pytest.approx(signal)


@pytest.mark.parametrize(("amount", "signal"), [(1000, 0.0), (1648, 0.0), (2718, 0.5), (4482, 1.0), (99_999, 1.0)])
def test_with_a_distribution_the_amount_speaks_by_its_distance(amount, signal):
    """From two spreads above the median to six; who always pays the same has the floor for a spread."""
    past = paid(1000, 1000, 1000)
    assert amount_signal(replace(PAYMENT, amount=amount), past, SETTINGS) == pytest.approx(signal, abs=0.001)


def test_amounts_below_the_usual_are_no_signal():
    """A small payment is not how money is stolen."""
    assert amount_signal(replace(PAYMENT, amount=1), paid(1000, 1000, 1000), SETTINGS) == 0.0


def test_one_outlier_in_the_past_does_not_make_outliers_usual():
    """The median and the spread around it are robust."""
    past = paid(1000, 1000, 1000, 1000, 500_000)
    assert amount_signal(replace(PAYMENT, amount=500_000), past, SETTINGS) == 1.0


def test_amounts_of_another_currency_are_not_compared():
    """A thousand yen are not a thousand dollars."""
    past = paid(1000, 1000, 1000, currency="jpy")
    assert amount_signal(replace(PAYMENT, amount=4482), past, SETTINGS) == 0.0


OF_TEN_DOLLARS = [("usd", 1000, 2), ("jpy", 1570, 0), ("kwd", 3090, 3), ("vnd", 259_000, 0), ("huf", 323_000, 2)]
OF_TEN_DOLLARS += [("idr", 18_000_000, 2), ("isk", 121_000, 2), ("ugx", 3_910_000, 2), ("mga", 43_900, 0)]


@pytest.mark.parametrize(("currency", "amount", "exponent"), OF_TEN_DOLLARS, ids=lambda value: str(value))
@pytest.mark.parametrize("times", [1, 50, 80, 150, 250, 1000])
def test_a_first_payment_is_judged_by_its_worth_in_whatever_currency(currency, amount, exponent, times):
    """Ten dollars, and multiples of it, score as in dollars."""
    dollars = amount_signal(replace(PAYMENT, amount=1000 * times), [], SETTINGS)
    same = replace(PAYMENT, amount=amount * times, currency=currency, exponent=exponent)
    assert amount_signal(same, [], SETTINGS) == pytest.approx(dollars)


@pytest.mark.parametrize("unknown", [{"currency": "zzz"}, {"exponent": None}], ids=str)
@pytest.mark.parametrize("past", [0, 5], ids=["first", "usual"])
def test_a_payment_whose_worth_is_unknown_is_held_for_a_person(unknown, past):
    """Even a usual one: no rate is no reason to approve."""
    payment = replace(PAYMENT, **unknown)
    assert score(payment, [payment] * past, SETTINGS).value >= SETTINGS.hold_at


def burst(count: int, seconds: int) -> list[Payment]:
    """Payments so many seconds before this one."""
    return [replace(PAYMENT, created=NOW - seconds)] * count


@pytest.mark.parametrize(("before", "signal"), [(0, 0.0), (2, 0.0), (3, 1 / 3), (5, 1.0), (50, 1.0)])
def test_velocity_starts_above_calm_and_is_full_at_twice(before, signal):
    """This payment counts too."""
    assert velocity_signal(PAYMENT, burst(before, 0), SETTINGS) == pytest.approx(signal)


@pytest.mark.parametrize(("seconds", "counts"), [(0, True), (599, True), (600, False), (-1, False)])
def test_a_window_ends_with_this_payment(seconds, counts):
    """A payment at its far edge, or later than this one, is outside."""
    assert (velocity_signal(PAYMENT, burst(5, seconds), SETTINGS) == 1.0) is counts


@pytest.mark.parametrize(("before", "signal"), [(11, 0.0), (12, 1 / 12), (23, 1.0)])
def test_the_busiest_window_counts(before, signal):
    """A day that is full speaks though the last ten minutes were calm."""
    assert velocity_signal(PAYMENT, burst(before, 3600), SETTINGS) == pytest.approx(signal)


@pytest.mark.parametrize(
    ("value", "seen", "signal"),
    [
        ("DE", ["US", "FR"], 1.0),
        ("US", ["US", "FR"], 0.0),
        ("DE", [], 0.0),
        ("DE", [None, None], 0.0),
        ("DE", ["", None], 0.0),
        ("DE", [None, "US"], 1.0),
        (None, ["US"], 0.0),
        ("", ["US"], 0.0),
    ],
)
def test_novelty_needs_a_value_and_a_past_without_it(value, seen, signal):
    """What is not known is not new."""
    assert novelty(value, seen) == signal


@pytest.mark.parametrize(
    ("word", "signal"),
    [("normal", 0.0), ("not_assessed", 0.0), (None, 0.0), ("", 0.0), ("elevated", 0.6), ("highest", 1.0), ("new", 0.6)],
)
def test_the_providers_own_word_counts(word, signal):
    """One that is not known yet counts as elevated."""
    assert risk_signal(replace(PAYMENT, risk_level=word), SETTINGS) == signal


def test_the_two_thefts_of_a_day_are_held_and_the_rest_is_not():
    """An amount far out with an elevated risk; a usual amount on a new card from a new country."""
    past = paid(4200, 3850, 4490, 3990, 4350)
    far = replace(PAYMENT, amount=420_000, risk_level="elevated")
    stolen = replace(PAYMENT, amount=4900, country="BR", card="fp_2", risk_level="elevated")
    travelling = replace(PAYMENT, country="BR", card="fp_2")
    scores = [
        score(payment, past, SETTINGS).value >= SETTINGS.hold_at for payment in (far, stolen, travelling, PAYMENT)
    ]
    assert scores == [True, True, False, False]
