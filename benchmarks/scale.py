"""What counting terabytes would take: measured on a few megabytes, with what does not scale kept apart.

Text is prose of some forty languages (``benchmarks/prose.py`` makes it from Debian's manuals), its lines shuffled by a
fixed seed, so that every slice of it is a fair sample. The questions:

    speed       MB/s of text that one worker process counts, by all tokenizers together, and its memory
    reading     MB/s of text that one thread reads from files
    parts       bytes of a partial census for growing text, and how long merging 16 of them takes
    sampling    how far fertility and length from a sample of lines are from those of all lines, and whether the
                intervals say so

    python benchmarks/scale.py --text FOLDER [speed] [reading] [parts] [sampling]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from langcov import count, measure, open_corpus
from langcov.census.analysis import gathered, text_bytes
from langcov.census.counting import OF_TEXT, Tally, analyse, count_frame, count_tokens
from langcov.census.surfaces import Surfaces
from langcov.census.tables import KEYS, Census, CorpusFacts
from langcov.corpora.base import stable_block
from langcov.corpora.files import digest_of
from langcov.engines.parts import FAN_IN, TEXT, Part, Parts
from langcov.engines.tasks import facts_of
from langcov.folders import Folder
from langcov.tokenizers import load_tokenizer
from langcov.tokenizers.fast import accelerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langcov.tokenizers.base import Tokenizer

QUESTIONS: Final = ("speed", "reading", "parts", "sampling")
TEN: Final = ("mbert", "xlm-r", "cl100k", "o200k", "qwen3", "deepseek", "mistral", "tekken", "j2", "llama-3")
ONE: Final = "o200k"
SIZES: Final = (1, 2, 4, 8, 16, 32, 64)
SHARES: Final = (0.1, 0.01, 0.001)
REPEATS: Final = 10
BATCH: Final = 1 << 20
SEED: Final = 0
ARTICLES: Final = (3, 10)
FEW: Final = "All human beings are born free."
MEASURES: Final = ("fertility", "bytes_per_token")
MB: Final = 1_000_000


def main() -> None:
    """Answer the questions that are asked, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", nargs="*", default=list(QUESTIONS))
    parser.add_argument(
        "--text", type=Path, required=True, help="a folder of xxx_Yyyy.txt, a paragraph a line"
    )
    parser.add_argument("--megabytes", type=int, default=8, help="of text, for speed")
    options = parser.parse_args()
    lines = shuffled(options.text)
    print(
        f"{text_bytes(lines) / MB:.1f} MB, {lines.height:,} lines, {lines['language'].n_unique()} languages, "
        f"shuffled with seed {SEED}"
    )
    for question in options.questions:
        print(f"\n{question}\n{'=' * len(question)}", flush=True)
        if question in {"speed", "reading"}:
            (speed if question == "speed" else reading)(lines, options.megabytes)
        else:
            (parts if question == "parts" else sampling)(lines)


def shuffled(folder: Path) -> pl.DataFrame:
    """Read all lines, each a document of its own, and shuffle them."""
    frames = []
    for file in sorted(folder.glob("*.txt")):
        texts = [line for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
        units = [stable_block(f"{file.name}:{number}") for number in range(len(texts))]
        frames.append(
            pl.DataFrame(
                {"language": [file.stem] * len(texts), "unit": units, "text": texts},
                schema={"language": pl.String, "unit": pl.UInt32, "text": pl.String},
            )
        )
    return pl.concat(frames).sample(fraction=1, shuffle=True, seed=SEED)


def speed(lines: pl.DataFrame, megabytes: int) -> None:
    """Print the speed of one worker with ten tokenizers, as `langcov.engines.partition_tasks` goes about it."""
    text = "\n".join(lines["text"].head(200))
    tokenizers = []
    print(f"{'loaded':10}{'memory, MB':>12}")
    for name in TEN:
        tokenizer = fast(name, text)
        tokenizers.append((tokenizer, Surfaces.of(tokenizer.vocabulary)))
        print(f"{name:10}{resident():12,.0f}")
    frames = list(gathered(batches(first(lines, megabytes * MB))))
    size = sum(map(text_bytes, frames))
    spent = dict.fromkeys(["analysis", *TEN], 0.0)
    tally = Tally()
    for frame in frames:
        start = time.process_time()
        batch = analyse(frame, tally)
        spent["analysis"] += time.process_time() - start
        if batch is None:
            continue
        for tokenizer, surfaces in tokenizers:
            start = time.process_time()
            count_tokens(batch, tokenizer, surfaces, tally)
            spent[tokenizer.name] += time.process_time() - start
    print(f"\n{'':10}{'engine':14}{'MB/s of CPU':>12}   ({size / MB:.1f} MB of text)")
    engines = {tokenizer.name: tokenizer.engine for tokenizer, _ in tokenizers}
    for name, seconds in spent.items():
        print(f"{name:10}{engines.get(name, ''):14.13}{size / MB / seconds:12.1f}")
    total = sum(spent.values())
    print(f"{'all':10}{'':14}{size / MB / total:12.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def reading(lines: pl.DataFrame, megabytes: int) -> None:
    """Print how fast one thread reads text from files of each kind, as the local engine does for all workers."""
    chosen = first(lines, megabytes * MB).select("language", "text")
    size = text_bytes(chosen)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen.write_ndjson(folder / "all.jsonl")
        chosen.write_parquet(folder / "all.parquet")
        (folder / "eng_Latn.txt").write_text("\n".join(chosen["text"]), encoding="utf-8")
        for file in ("eng_Latn.txt", "all.jsonl", "all.parquet"):
            start = time.process_time()
            frames = list(open_corpus(str(folder / file)).batches())
            spent = time.process_time() - start
            print(f"{Path(file).suffix:10}{sum(map(text_bytes, frames)) / MB / spent:8.1f} MB/s of CPU")
        start = time.process_time()
        digest_of(folder / "all.jsonl")
        print(
            f"{'sha256':10}{size / MB / (time.process_time() - start):8.1f} MB/s of CPU, for the fingerprint"
        )


def parts(lines: pl.DataFrame) -> None:
    """Print the bytes of parts by the bytes of their text, and how long 16 of them take to merge."""
    tokenizer = fast(ONE, "\n".join(lines["text"].head(200)))
    surfaces = Surfaces.of(tokenizer.vocabulary)
    print(f"one tokenizer, {ONE}; bytes as they lie in the run's folder")
    print(f"{'text, MB':>9}{'text part':>12}{'pieces':>12}{'tokens, splits':>16}{'part per byte':>15}")
    for size in SIZES:
        chosen = first(lines, size * MB)
        if text_bytes(chosen) < 0.98 * size * MB:
            break
        with tempfile.TemporaryDirectory() as name:
            keep(chosen, tokenizer, surfaces, Parts(Folder.at(name), Path(name)), 0)
            sizes = {
                file.name.split(".", 1)[1].removesuffix(".parquet"): file.stat().st_size
                for file in Path(name, "parts").iterdir()
            }
        text = sum(number for table, number in sizes.items() if table.startswith("text"))
        other = sizes["t00.tokens"] + sizes["t00.splits"]
        whole = text + other + sizes["t00.pieces"]
        print(f"{size:9}{text:12,}{sizes['t00.pieces']:12,}{other:16,}{whole / (size * MB):15.4f}")
    for size in (1, 4):
        with tempfile.TemporaryDirectory() as name:
            run = Parts(Folder.at(name), Path(name))
            for number, frame in enumerate(slices(lines, size * MB, FAN_IN)):
                keep(frame, tokenizer, surfaces, run, number)
            for of in (TEXT, "t00"):
                group = [part for part in run.done() if part.of == of]
                rows = sum(
                    int(run.table(part, "pieces").select(pl.len()).collect().item())
                    for part in group
                    if of != TEXT
                )
                start = time.process_time()
                run.merge(group)
                print(
                    f"merging {len(group)} parts of {size} MB of text each, of {of}: "
                    f"{time.process_time() - start:.2f} s of CPU"
                    + (f", {rows:,} rows of pieces" if rows else "")
                )


def sampling(lines: pl.DataFrame) -> None:
    """Print how far measures of samples are from those of all lines, in percent of the value."""
    tokenizer = fast(ONE, "\n".join(lines["text"].head(200)))
    whole = measured(lines, tokenizer)
    kept = whole.group_by("language").len().height
    print(
        f"{ONE}, {kept} languages, {REPEATS} samples of each size. Error: of a sample's value against that of all\n"
        "text, in percent of it, median and 95th percentile. Held: share of the samples' 95 % intervals that hold the\n"
        "value of all text. Width: of these intervals, median. Told: share of the values that have an interval."
    )
    print(f"\n{'sample':>9}  {'measure':17}{'median':>8}{'95th':>8}{'held':>8}{'width':>8}{'told':>9}")
    for share in SHARES:
        found = [
            measured(lines.sample(fraction=share, seed=SEED + 1 + number), tokenizer)
            for number in range(REPEATS)
        ]
        against = pl.concat(found).join(whole, on=["language", "measure"], suffix="_whole")
        for name in MEASURES:
            tell(f"{share:.1%}", against.filter(pl.col("measure") == name), name)
        print(f"{'':9}  ({text_bytes(lines) * share / kept / 1000:.1f} KB a language)")
    print("\nUDHR, some of its units (the preamble and 30 articles, in parallel; 330 characters each):")
    sampled_articles()


def sampled_articles() -> None:
    """Print how far premiums from some articles of UDHR, which is parallel, are from those of all."""
    census = count(open_corpus("udhr"), [fast(ONE, FEW)])
    whole = measure(census, ["premium"]).select("language", "value")
    units = census.text["unit"].unique().sort()
    for number in ARTICLES:
        found = []
        for repeat in range(REPEATS):
            chosen = pl.col("unit").is_in(units.sample(number, seed=SEED + 1 + repeat).to_list())
            few = replace(census, text=census.text.filter(chosen), tokens=census.tokens.filter(chosen))
            found.append(measure(few, ["premium"]).select("language", "value", "low", "high"))
        tell(
            f"{number} of {len(units)}",
            pl.concat(found).join(whole, on="language", suffix="_whole"),
            "premium",
        )


def tell(share: str, rows: pl.DataFrame, name: str) -> None:
    """Print a row of errors."""
    rows = rows.filter(pl.col("value").is_not_null() & pl.col("value_whole").is_not_null())
    error = ((rows["value"] / rows["value_whole"]) - 1).abs().to_numpy() * 100
    known = rows.filter(pl.col("low").is_not_null())
    held = (known["low"] <= known["value_whole"]) & (known["value_whole"] <= known["high"])
    width = ((known["high"] - known["low"]) / known["value"] * 100).median()
    print(
        f"{share:>9}  {name:17}{np.median(error):7.2f}%{np.percentile(error, 95):7.2f}%"
        + (f"{held.mean():8.1%}{width:7.1f}%" if known.height else f"{'–':>8}{'–':>8}")
        + f"{known.height / max(rows.height, 1):9.0%}"
    )


def measured(lines: pl.DataFrame, tokenizer: Tokenizer) -> pl.DataFrame:
    """Count lines and measure, with intervals."""
    tally = Tally()
    prepared = [(tokenizer, surfaces_of(tokenizer.name))]
    for frame in gathered(batches(lines)):
        count_frame(frame, prepared, tally)
    census = Census(
        corpus=CorpusFacts("prose", "", "", parallel=False, fingerprint=""),
        tokenizers=(facts_of(tokenizer),),
        words="",
        pieces_source=tally.total("pieces").lazy(),
        vocabularies={tokenizer.name: tokenizer.vocabulary},
        **{table: tally.total(table) for table in KEYS if table != "pieces"},
    )
    return measure(census, list(MEASURES)).select("language", "measure", "value", "low", "high")


def keep(lines: pl.DataFrame, tokenizer: Tokenizer, surfaces: Surfaces, run: Parts, number: int) -> None:
    """Count lines and keep their two parts."""
    tally = Tally()
    for frame in gathered(batches(lines)):
        count_frame(frame, [(tokenizer, surfaces)], tally)
    run.keep(Part(number, number, TEXT), {table: tally.total(table) for table in OF_TEXT})
    run.keep(Part(number, number, "t00"), tally.part_of(tokenizer.name))


@cache
def fast(name: str, text: str) -> Tokenizer:
    """Return a tokenizer as a run would use it."""
    return accelerated(load_tokenizer(name), text.split("\n"))


@cache
def surfaces_of(name: str) -> Surfaces:
    """Return what a tokenizer's ids stand for."""
    return Surfaces.of(load_tokenizer(name).vocabulary)


def first(lines: pl.DataFrame, size: int) -> pl.DataFrame:
    """Return the first lines that hold about ``size`` bytes."""
    return next(slices(lines, size, 1))


def slices(lines: pl.DataFrame, size: int, number: int) -> Iterator[pl.DataFrame]:
    """Yield so many runs of lines of about ``size`` bytes each."""
    ends = lines["text"].str.len_bytes().cast(pl.Int64).cum_sum()
    bounds = [int(ends.search_sorted(size * each, side="right")) for each in range(number + 1)]
    bounds[0] = 0
    for start, stop in pairwise(bounds):
        yield lines.slice(start, stop - start)


def batches(lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield frames of about as much text as a corpus gives, one language after the other as in a real file."""
    ordered = lines.sort("language", maintain_order=True)
    ends = ordered["text"].str.len_bytes().cast(pl.Int64).cum_sum()
    start = 0
    while start < ordered.height:
        before = int(ends[start - 1]) if start else 0
        stop = max(int(ends.search_sorted(before + BATCH, side="right")), start + 1)
        yield ordered.slice(start, stop - start)
        start = stop


def resident() -> float:
    """Return the memory that this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
