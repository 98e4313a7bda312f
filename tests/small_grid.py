"""A small grid of candidates on a few sentences, to be trained, killed and gone on with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import small_run
from langcov.corpora.base import SCHEMA
from langcov.corpora.rows import FrameCorpus
from langcov.planning.candidates import grid
from langcov.planning.sampling import Sampling
from langcov.planning.train import Text, train_candidates

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.planning.train import GridProgress, Trained

TAGS = ("eng_Latn", "swh_Latn", "amh_Ethi", "zho_Hans", "hin_Deva")
CANDIDATES = grid(["byte-bpe", "sp-bpe"], [400, 440], [0.0], ["gpt2"])


def corpus(lines: int = 60) -> FrameCorpus:
    """Five languages, a sentence and a number each."""
    rows = [
        (tag, number, f"{sentence} {number}")
        for tag, sentence in zip(TAGS, small_run.SENTENCES, strict=True)
        for number in range(lines)
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return FrameCorpus("sentences", "this test's own", "Apache-2.0", parallel=True, frame=frame)


def train(
    folder: Path,
    *,
    workers: int | None = None,
    resume: bool = False,
    seed: int = 0,
    on_progress: Callable[[GridProgress], None] | None = None,
) -> list[Trained]:
    """Train the grid."""
    text = Text(corpus(), None, "nothing", Sampling(bytes=20_000, seed=seed))
    return train_candidates(CANDIDATES, text, folder, workers=workers, resume=resume, on_progress=on_progress)


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a grid's folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    steps = small_run.Steps(settings["kill_at"])
    train(Path(settings["folder"]))
    sys.stdout.write(f"{steps.number}\n")
