"""Rank correlations against the references, the laws that they obey, and what they find where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, permutation_test, rankdata, spearmanr

from langcov.transfer import ranks
from langcov.transfer.ranks import adjusted, correlations, family_weights

Array = ranks.Array


def draw(seed: int, n: int) -> tuple[Array, Array, Array]:
    """Premium, gap and log size, with ties."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=n)
    premium = np.round(-0.6 * size + rng.normal(size=n), 1)
    return premium, np.round(-0.5 * size + 0.4 * premium + rng.normal(size=n), 1), size


def apart(n: int, families: int) -> list[str]:
    return [str(i % families) for i in range(n)]


def partial_by_formula(x: Array, y: Array, z: Array) -> float:
    r = np.corrcoef([rankdata(x), rankdata(y), rankdata(z)])
    return float((r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2)))


@pytest.mark.parametrize("seed", range(5))
def test_values_are_scipys_and_the_formulas(seed: int) -> None:
    premium, gap, size = draw(seed, 40)
    raw, partial = correlations(premium[None], gap, size[None], apart(40, 9), permutations=0)
    assert raw.value[0] == pytest.approx(spearmanr(premium, gap).statistic)
    assert partial.value[0] == pytest.approx(partial_by_formula(premium, gap, size))


def test_a_resample_is_that_of_whole_families_with_ranks_taken_anew() -> None:
    premium, gap, size = draw(1, 40)
    families = apart(40, 9)
    raw, partial = correlations(premium[None], gap, size[None], families, permutations=0, seed=3)
    for place in (0, 7, 400):
        weights = family_weights(tuple(families), ranks.RESAMPLES, 3)[place].astype(int)
        assert all(len({weights[i] for i in range(40) if families[i] == name}) == 1 for name in families)
        chosen = np.repeat(np.arange(40), weights)
        assert raw.drawn[0, place] == pytest.approx(spearmanr(premium[chosen], gap[chosen]).statistic)
        expected = partial_by_formula(premium[chosen], gap[chosen], size[chosen])
        assert partial.drawn[0, place] == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_permutation_p_is_scipys(seed: int) -> None:
    premium, gap, size = draw(seed, 12)
    raw, _ = correlations(premium[None], gap, size[None], apart(12, 6))
    reference = permutation_test(
        (gap,),
        lambda y: spearmanr(premium, y).statistic,
        permutation_type="pairings",
        vectorized=False,
        n_resamples=4999,
        rng=np.random.default_rng(0),
    )
    error = np.sqrt(reference.pvalue * (1 - reference.pvalue) * (1 / 4999 + 1 / 9999))
    assert raw.p[0] == pytest.approx(reference.pvalue, abs=4 * error + 2e-4)


def test_the_exact_permutation_p_of_a_small_case_is_met() -> None:
    """Of the orders of 10 things only two are as extreme as perfect order: p is 1 / permutations, not 0."""
    x = np.array(range(10), dtype=np.float64)
    raw, _ = correlations(x[None], x, np.empty((0, 10)), apart(10, 5), permutations=999)
    assert raw.p[0] == pytest.approx(1 / 1000)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_ranks_do_not_mind_a_monotone_change(seed: int) -> None:
    premium, gap, size = draw(seed, 20)
    one = correlations(premium[None], gap, size[None], apart(20, 7), permutations=99, resamples=50)
    curved: list[Array] = [np.array(values, dtype=np.float64) for values in (np.exp(premium), gap**3)]
    other = correlations(
        curved[0][None], curved[1], 5 * size[None] - 2, apart(20, 7), permutations=99, resamples=50
    )
    for first, second in zip(one, other, strict=True):
        np.testing.assert_allclose(first.value, second.value, atol=1e-9)
        np.testing.assert_allclose(first.p, second.p)
        np.testing.assert_allclose(first.low, second.low, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_reversed_outcome_reverses_the_sign_and_keeps_p(seed: int) -> None:
    premium, gap, size = draw(seed, 15)
    one = correlations(premium[None], gap, size[None], apart(15, 7), permutations=99, resamples=0)[1]
    other = correlations(premium[None], -gap, size[None], apart(15, 7), permutations=99, resamples=0)[1]
    np.testing.assert_allclose(one.value, -other.value, atol=1e-9)
    np.testing.assert_allclose(one.p, other.p)


def test_below_ten_languages_there_is_no_p_and_below_six_families_no_interval() -> None:
    premium, gap, size = draw(0, 9)
    raw, partial = correlations(premium[None], gap, size[None], apart(9, 9))
    assert np.isfinite(raw.value[0])
    assert np.isnan([raw.p[0], partial.p[0]]).all()
    premium, gap, size = draw(0, 40)
    raw, _ = correlations(premium[None], gap, size[None], apart(40, 5))
    assert np.isfinite(raw.p[0])
    assert np.isnan([raw.low[0], raw.high[0]]).all()
    few = correlations(premium[None, :4], gap[:4], size[None, :4], apart(4, 4))[0]
    assert np.isnan(few.value[0])


def test_what_data_size_fixes_has_no_partial_correlation() -> None:
    _, gap, size = draw(0, 30)
    raw, partial = correlations(size[None] * 2, gap, size[None], apart(30, 8))
    assert np.isfinite(raw.value[0])
    assert np.isnan([partial.value[0], partial.p[0], partial.low[0]]).all()
    constant = correlations(np.ones((1, 30)), gap, size[None], apart(30, 8))[0]
    assert np.isnan([constant.value[0], constant.p[0]]).all()


def test_a_constant_indicator_changes_nothing() -> None:
    """Where all languages were seen in pretraining, the seen indicator says nothing."""
    premium, gap, size = draw(2, 30)
    alone = correlations(premium[None], gap, size[None], apart(30, 8), permutations=99)[1]
    beside = correlations(premium[None], gap, np.vstack([size, np.ones(30)]), apart(30, 8), permutations=99)[
        1
    ]
    np.testing.assert_allclose(alone.value, beside.value)
    np.testing.assert_allclose([alone.low, alone.high], [beside.low, beside.high])
    np.testing.assert_allclose(alone.p, beside.p)


def test_adjusted_p_values_are_scipys() -> None:
    p = np.random.default_rng(0).uniform(size=50) ** 2
    np.testing.assert_allclose(adjusted(p), false_discovery_control(p))
    with_gap = np.insert(p, 7, np.nan)
    np.testing.assert_allclose(np.delete(adjusted(with_gap), 7), false_discovery_control(p))


def world(seed: int, n: int, effect: float) -> tuple[Array, Array, Array, list[str]]:
    """Data size drives premium and gap; the premium drives the gap by ``effect``."""
    rng = np.random.default_rng(seed)
    families = rng.integers(0, max(2, n // 5), n)
    size = rng.normal(size=n)
    premium = -1.0 * size + rng.normal(size=n)
    return (
        premium,
        -1.5 * size + effect * premium + rng.normal(size=n),
        size,
        [str(name) for name in families],
    )


@pytest.mark.parametrize("effect", [0.0, 0.6])
def test_the_partial_estimate_recovers_a_known_effect_and_the_raw_one_does_not(effect: float) -> None:
    premium, gap, size, names = world(0, 20_000, effect)
    truth = partial_by_formula(premium, gap, size)
    found, held, raws = [], [], []
    for seed in range(1, 81):
        premium, gap, size, names = world(seed, 60, effect)
        raw, partial = correlations(
            premium[None], gap, size[None], names, permutations=0, resamples=400, seed=seed
        )
        found.append(partial.value[0])
        raws.append(raw.value[0])
        held.append(partial.low[0] <= truth <= partial.high[0])
    assert np.mean(found) == pytest.approx(truth, abs=0.04)
    assert np.mean(raws) > truth + 0.2
    assert np.mean(held) > 0.86
