"""How much text of a language a model was trained on: its own data where known, else a named proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from langcov.transfer import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PROXY: Final = ("FineWeb-2 v2", "bytes", "proxy", "its pretraining data by language are not published")


class Sizes(NamedTuple):
    """Data sizes of some languages for one model.

    Attributes:
        log_size: (n,) log10 of the size; where the corpus lacks the language, that of the smallest one it has.
        seen: (n,) whether the corpus has the language.
        corpus: Its name.
        basis: ``own``, ``proxy``, or how else it stands for the model's data.
    """

    log_size: NDArray[np.float64]
    seen: NDArray[np.bool_]
    corpus: str
    basis: str


def sizes_for(model: str, languages: Sequence[str]) -> Sizes:
    """Return the data sizes of languages for a model; a model that nobody published data of has the proxy.

    A language that the corpus lacks is not dropped: it keeps a size, the smallest, and ``seen`` tells it apart. In the
    proxy, which holds what the web holds, that means only that the web has next to nothing of it.
    """
    corpus, unit, basis = data_of(model)
    table = _log_sizes(corpus, unit)
    found = np.array([table.get(language, np.nan) for language in languages], dtype=np.float64)
    seen = np.isfinite(found)
    found[~seen] = min(table.values())
    return Sizes(found, seen, corpus, basis)


def data_of(model: str) -> tuple[str, str, str]:
    """Return corpus, unit and basis of what stands for a model's pretraining data.

    >>> data_of("xlm-roberta-base"), data_of("gpt-4")
    (('CC-100', 'GiB', 'own'), ('FineWeb-2 v2', 'bytes', 'proxy'))
    """
    row = known_model(model)
    return (row["data"], row["data_unit"], row["data_basis"]) if row else PROXY[:3]


def known_model(model: str) -> dict[str, str] | None:
    """Return what is known of a model, by its name with or without the organisation's."""
    table = evidence.models()
    for name in (model, model.rpartition("/")[2]):
        found = table.filter(pl.col("model") == name)
        if found.height:
            return found.row(0, named=True)
    return None


def _log_sizes(corpus: str, unit: str) -> dict[str, float]:
    table = evidence.pretraining().filter(
        (pl.col("corpus") == corpus) & (pl.col("unit") == unit) & (pl.col("size") > 0)
    )
    size = pl.col("size") if unit.startswith("log10") else pl.col("size").log10()
    return dict(table.select("language", size).iter_rows())
