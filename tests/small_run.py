"""A small run in many small blocks, to be interrupted: text, tokenizers, and a way to stop at a given step."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tokenizers

from langcov.census import save_census
from langcov.corpora import base, open_corpus
from langcov.engines import blocks, parts, plans
from langcov.engines.processes import count_in_processes
from langcov.folders import Folder
from langcov.tokenizers.load import TokenizerSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from langcov.engines.progress import Progress

SENTENCES = (
    "All human beings are born free and equal in dignity and rights.",
    "Wote wamezaliwa huru, hadhi na haki zao ni sawa.",
    "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "人人生而自由，在尊严和权利上一律平等。",
    "मनुष्य जन्म से स्वतन्त्र और समान हैं 😀",
)


def lay_out(folder: Path) -> None:
    """Write a corpus of five languages and three tokenizers."""
    for place, tag in enumerate(("eng_Latn", "swh_Latn", "amh_Ethi", "zho_Hans", "hin_Deva")):
        lines = [f"{SENTENCES[place]} {number}" for number in range(60)]
        (folder / f"{tag}.txt").write_text("\n".join(lines), encoding="utf-8")
    for size in (270, 300, 340):
        model = tokenizers.Tokenizer(tokenizers.models.BPE())
        model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        model.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=size,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        model.train_from_iterator(SENTENCES, trainer)
        model.save(str(folder / f"bpe{size}.json"))


@dataclass
class SmallBlocks:
    """Makes blocks of a few sentences and merges of four parts, so that a small text has many of each."""

    def __enter__(self) -> None:
        self.before = base.BATCH_BYTES, blocks.FIRST_BYTES, blocks.BLOCK_BYTES, parts.FAN_IN
        base.BATCH_BYTES, blocks.FIRST_BYTES, blocks.BLOCK_BYTES, parts.FAN_IN = 1500, 1500, 3000, 4

    def __exit__(self, *_: object) -> None:
        base.BATCH_BYTES, blocks.FIRST_BYTES, blocks.BLOCK_BYTES, parts.FAN_IN = self.before


def count(
    inputs: Path,
    out: Path,
    *,
    workers: int | None = None,
    resume: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, bytes]:
    """Count the corpus, save the census, clear the parts; return the census' files."""
    sources = [TokenizerSource(str(inputs / f"bpe{size}.json")) for size in (270, 300, 340)]
    corpus = open_corpus(str(inputs / "*.txt"))
    folder = Folder.at(out)
    with SmallBlocks():
        census = count_in_processes(
            corpus, sources, folder, workers=workers, resume=resume, on_progress=on_progress
        )
        save_census(census, out / "census")
    plans.clear(folder)
    return files_of(out / "census")


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class Steps:
    """Counts what this process does with files, and may kill it at one of these steps."""

    def __init__(self, kill_at: int | None = None) -> None:
        self.number = 0
        self.kill_at = kill_at
        sys.addaudithook(self._step)

    def _step(self, event: str, _: object) -> None:
        if event in {"open", "os.rename", "os.remove", "os.listdir", "os.scandir", "tempfile.mkdtemp"}:
            self.number += 1
            if self.number == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    steps = Steps(settings["kill_at"])
    count(Path(settings["inputs"]), Path(settings["out"]), workers=settings["workers"])
    sys.stdout.write(f"{steps.number}\n")
