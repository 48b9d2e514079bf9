"""Intervals that hold what they promise, and changes that are more than chance."""

from itertools import permutations
from math import comb

import numpy
import pytest

from brand_svc.insights.statistics import discoveries, p_of_ratios, p_of_shares, ratio, share, wilson

WORLDS = 2_000


@pytest.mark.parametrize("truth", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("answers", [100, 400])
def test_wilsons_interval_covers_what_it_promises(truth: float, answers: int) -> None:
    chance = numpy.random.default_rng(answers)
    named = chance.binomial(answers, truth, size=WORLDS)
    covered = [low <= truth <= high for _, low, high in (wilson(int(n), answers) for n in named)]
    assert 0.93 <= sum(covered) / WORLDS <= 0.97


def test_wilsons_interval_covers_exactly_counted() -> None:
    # All outcomes with their likelihoods, instead of worlds: no chance in it.
    answers, truth = 60, 0.2
    covered = 0.0
    for named in range(answers + 1):
        _, low, high = wilson(named, answers)
        if low <= truth <= high:
            covered += comb(answers, named) * truth**named * (1 - truth) ** (answers - named)
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("questions", [20, 50, 200])
def test_the_interval_of_a_mean_covers_when_answers_to_one_question_are_alike(questions: int) -> None:
    """Worlds as positions have them: each question has its own mean, and differs in how many answers place the name."""
    chance = numpy.random.default_rng(questions)
    covered = 0
    for _ in range(WORLDS):
        own = chance.normal(3.0, 1.0, questions)
        placed = chance.integers(1, 15, questions)
        sums = placed * own + chance.normal(0, 1.0, questions) * numpy.sqrt(placed)
        found = ratio(sums, placed)
        covered += found.low <= 3.0 <= found.high
    assert 0.93 <= covered / WORLDS <= 0.97


@pytest.mark.parametrize("questions", [30, 100])
def test_the_interval_of_a_share_of_voice_covers(questions: int) -> None:
    """Worlds in which the brand has a quarter of the mentions, more in some questions and fewer in others."""
    chance = numpy.random.default_rng(questions)
    covered = 0
    for _ in range(WORLDS):
        mentions = chance.poisson(20, questions) + 1
        own = chance.binomial(mentions, chance.beta(2.5, 7.5, questions))
        found = ratio(own, mentions)
        covered += found.low <= 0.25 <= found.high
    assert 0.93 <= covered / WORLDS <= 0.97


def test_where_nothing_changed_hardly_anything_is_flagged() -> None:
    """In 2,000 worlds of 20 numbers without a change, a flag is raised in about one world of twenty."""
    chance = numpy.random.default_rng(1)
    flagged = 0
    for _ in range(WORLDS):
        now, before = chance.binomial(300, 0.3, 20), chance.binomial(300, 0.3, 20)
        flagged += any(
            discoveries([p_of_shares((int(a), 300), (int(b), 300)) for a, b in zip(now, before, strict=True)])
        )
    assert flagged / WORLDS <= 0.07


def test_a_large_change_is_flagged_among_many_that_are_none() -> None:
    p_values = [0.5, 0.9, 0.3, p_of_shares((150, 300), (90, 300)), None, 0.7]
    assert discoveries(p_values) == [False, False, False, True, False, False]


def test_the_procedure_of_benjamini_and_hochberg() -> None:
    # Their own example, section 3.2: 15 p-values, of which the first four are found at a rate of 0.05.
    theirs = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
              0.7590, 1.0]  # fmt: skip
    assert discoveries(theirs) == [True] * 4 + [False] * 11
    assert discoveries([]) == []


def test_without_answers_there_is_no_number_and_without_a_second_question_no_interval() -> None:
    assert share(0, 0).value is None
    assert ratio([], []).value is None
    assert ratio([0.0], [0.0]).value is None
    one = ratio([6.0], [3.0])
    assert (one.value, one.low, one.high) == (2.0, None, None)
    assert p_of_ratios(one, ratio([1, 2], [1, 1])) is None
    assert p_of_shares((1, 2), (0, 0)) is None
    assert p_of_shares((0, 5), (0, 9)) == 1.0


def test_the_same_answers_give_the_same_numbers_in_whatever_order() -> None:
    answers = [(1.0, 1), (5.0, 2), (2.0, 1), (4.0, 3)]
    first = ratio(*zip(*answers, strict=True))
    for order in permutations(answers):
        found = ratio(*zip(*order, strict=True))
        assert (found.value, found.low, found.high) == pytest.approx((first.value, first.low, first.high))
    assert first.low < first.value < first.high


def test_wilsons_interval_by_newcombes_examples() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.1014, 0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 0.0, 1.0)
