"""All models and benchmarks at once: a linear mixed model of the gap, with crossed effects of language, family and model."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langcov.transfer.pooled import Rows
    from langcov.transfer.ranks import Array

SCHEMA: Final = pl.Schema(
    {
        "fit": pl.String,
        "term": pl.String,
        "coefficient": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "q": pl.Float64,
        "results": pl.Int32,
        "languages": pl.Int32,
        "families": pl.Int32,
        "models": pl.Int32,
        "benchmarks": pl.Int32,
        "note": pl.String,
    }
)
"""One fixed effect a row: by how many standard deviations the gap moves with one of the term. A fit that did not
converge has one row, with the reason in ``note`` and no coefficient."""

FITS: Final = {
    "own premium": ("log_premium",),
    "both": ("log_premium", "wrong_premium"),
}
SIZE_TERMS: Final = ("log_size", "seen")
LEAST_ROWS: Final = 50
LEAST_LEVELS: Final = 3
NORMAL: Final = 1.959964


def mixed_fits(rows: Rows) -> pl.DataFrame:
    """Fit the gap on premium and data size, each benchmark with a level of its own; return `SCHEMA`.

    Random effects of language, of family and of model cross. So does one of language by tokenizer, at which level the
    premium varies: twenty models with one tokenizer are no twenty witnesses of its premiums. Coefficients are standardised; the size terms are in every
    fit. Estimation is by restricted maximum likelihood (statsmodels).
    """
    found: list[dict[str, Any]] = []
    for name, terms in FITS.items():
        terms_here = [*terms, *SIZE_TERMS]
        empty = dict.fromkeys(SCHEMA.names()) | {"fit": name} | _counts(rows)
        reason = _too_little(rows)
        if reason is None:
            # The matrices are many and small: threads that wait for each other make it four times slower.
            with threadpool_limits(1):
                coefficients, errors, reason = _fitted(rows, terms_here)
        if reason is not None:
            found.append({**empty, "note": reason})
            continue
        for term, value, error in zip(terms_here, coefficients, errors, strict=True):
            if np.isfinite(value):
                found.append(
                    {
                        **empty,
                        "term": term,
                        "coefficient": float(value),
                        "low": float(value - NORMAL * error),
                        "high": float(value + NORMAL * error),
                        "p": _two_sided(value / error),
                    }
                )
    return pl.DataFrame(found, schema=SCHEMA)


def _counts(rows: Rows) -> dict[str, int]:
    return {
        "results": len(rows.outcome),
        "languages": len(np.unique(rows.language)),
        "families": len(np.unique(rows.family)),
        "models": len(np.unique(rows.model)),
        "benchmarks": len(np.unique(rows.benchmark)),
    }


def _too_little(rows: Rows) -> str | None:
    counts = _counts(rows)
    if counts["results"] < LEAST_ROWS:
        return f"not fitted: it takes {LEAST_ROWS} results with a gap, there are {counts['results']}"
    for what in ("languages", "families", "models"):
        if counts[what] < LEAST_LEVELS:
            return f"not fitted: it takes {LEAST_LEVELS} {what}, there are {counts[what]}"
    return None


def _fitted(rows: Rows, terms: Sequence[str]) -> tuple[Array, Array, str | None]:
    """Return standardised coefficients of the terms and their standard errors, or why there are none."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    columns = rows.matrix(terms)
    varies = columns.std(axis=0) > 1e-9
    standard = (columns[:, varies] - columns[:, varies].mean(axis=0)) / columns[:, varies].std(axis=0)
    benchmarks, _ = _indicators(rows.benchmark)
    design = np.column_stack([benchmarks, standard])
    outcome = (rows.outcome - rows.outcome.mean()) / rows.outcome.std()
    levels = {name: _indicators(labels) for name, labels in _random(rows).items()}
    parts = VCSpec(
        list(levels), [[names] for _, names in levels.values()], [[one] for one, _ in levels.values()]
    )
    value, error = np.full(len(terms), np.nan), np.full(len(terms), np.nan)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            fit = MixedLM(outcome, design, groups=np.zeros(len(outcome)), exog_vc=parts).fit(
                reml=True, method=["lbfgs", "bfgs", "cg"]
            )
        except np.linalg.LinAlgError:
            return value, error, "not reported: the fit is singular"
    if not fit.converged:
        reasons = (
            "; ".join(sorted({str(each.message).split(".")[0] for each in said})) or "no reason was given"
        )
        return value, error, f"not reported: the fit did not converge ({reasons})"
    first = benchmarks.shape[1]
    value[varies] = fit.fe_params[first:]
    error[varies] = fit.bse_fe[first:]
    if not np.isfinite(error[varies]).all():
        return value, error, "not reported: the fit has no standard errors"
    return value, error, None


def _random(rows: Rows) -> dict[str, NDArray[np.str_]]:
    """Return the labels of each random effect; with one tokenizer, language by tokenizer is language."""
    found = {"language": rows.language, "family": rows.family, "model": rows.model}
    if len(np.unique(rows.tokenizer)) > 1:
        pairs = zip(rows.language, rows.tokenizer, strict=True)
        found["language by tokenizer"] = np.array(
            [f"{language} {tokenizer}" for language, tokenizer in pairs]
        )
    return found


def _indicators(labels: NDArray[np.str_]) -> tuple[Array, list[str]]:
    """Return the (N, levels) matrix of which row has which label, and the labels."""
    names, place = np.unique(labels, return_inverse=True)
    return np.eye(len(names))[place], [str(name) for name in names]


def _two_sided(z: float) -> float:
    from scipy.stats import norm

    return float(2 * norm.sf(abs(z)))
