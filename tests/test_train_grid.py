"""A whole grid: what alpha does to real text, what the front says of it, and the command as a person meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import langcov
from langcov import __main__
from langcov.corpora.rows import FrameCorpus
from langcov.engines.local import count_local
from langcov.errors import CorpusError, LanguageError, RunError
from langcov.measures import UnitCounts
from langcov.measures.inequality import fairness
from langcov.measures.registry import compute
from langcov.planning.candidates import grid
from langcov.planning.frontier import AXES, SCHEMA, Step, frontier, step_between
from langcov.planning.sampling import Sampling
from langcov.planning.splits import split
from langcov.planning.trades import ends_of, verdict
from langcov.planning.train import Text, train_candidates
from langcov.report import write_report
from langcov.report.trained import trained_section
from langcov.runs import load_run
from langcov.training import TrainedGrid, train

if TYPE_CHECKING:
    from langcov.corpora.base import Corpus

LARGE = ["deu_Latn", "eng_Latn", "fra_Latn", "spa_Latn"]
SMALL = ["amh_Ethi", "hin_Deva", "mya_Mymr", "yor_Latn"]
TAGS = [*LARGE, *SMALL]
SIZES = [1000, 2000]
KINDS = ["byte-bpe", "sp-bpe", "unigram"]
SAMPLED = Sampling(bytes=100_000)


def held_out_part(udhr: Corpus) -> FrameCorpus:
    """Text to judge on, as a corpus of its own."""
    frame = pl.concat(list(split(udhr, TAGS, 0.35, 0).held_out.batches(TAGS)))
    return FrameCorpus("judge", udhr.citation, udhr.licence, parallel=True, frame=frame)


@dataclass(frozen=True)
class Judged:
    """Candidates, and what was counted with them."""

    table: pl.DataFrame
    counts: UnitCounts


def judged(training: Corpus, held_out: Corpus, folder: Path) -> Judged:
    """Train all kinds with alpha 0 and 1, and judge them, without a run."""
    trained = train_candidates(
        grid(KINDS, SIZES, [0, 1], ["gpt2"]), Text(training, TAGS, "judge", SAMPLED), folder
    )
    tokenizers = [langcov.load_tokenizer(each.path, name=each.candidate.name) for each in trained]
    counts = UnitCounts(count_local(held_out, tokenizers, TAGS), "eng_Latn", 300, 0)
    front = frontier(counts, fairness(counts))
    facts = pl.DataFrame(
        [
            {
                **each.candidate.as_dict(),
                "candidate": each.candidate.name,
                "entries": each.entries,
                "trained_bytes": sum(each.sampled.values()),
                "repeated_most": each.repeated_most,
            }
            for each in trained
        ]
    )
    return Judged(facts.join(front, on="candidate"), counts)


@pytest.fixture(scope="module")
def uneven(udhr: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Real text as the web has it: sixty times as much in four European languages as in four others."""
    sides = split(udhr, TAGS, 0.35, 0)
    training = pl.concat(list(sides.training.batches(TAGS)))
    large = pl.col("language").is_in(LARGE)
    frame = pl.concat([*[training.filter(large)] * 60, training.filter(~large)])
    corpus = FrameCorpus("uneven", udhr.citation, udhr.licence, parallel=True, frame=frame)
    return judged(corpus, sides.held_out, tmp_path_factory.mktemp("uneven"))


@pytest.fixture(scope="module")
def even(udhr: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The same content in every language."""
    return judged(*split(udhr, TAGS, 0.35, 0), tmp_path_factory.mktemp("even"))


@pytest.fixture(scope="module")
def whole(udhr: Corpus, tmp_path_factory: pytest.TempPathFactory) -> TrainedGrid:
    """A whole run of two candidates; its folder is `folder_of` it."""
    out = tmp_path_factory.mktemp("whole") / "run"
    return train(
        out, udhr, grid(["byte-bpe", "unigram"], [600], [0.3]), SMALL, held_out=0.35, sampling=SAMPLED
    )


def folder_of(found: TrainedGrid) -> Path:
    return Path(found.run.census.tokenizers[0].source).parents[2]


def by_alpha(found: Judged) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of candidates that differ in alpha alone: alpha 0, alpha 1."""
    rows = found.table.sort("kind", "vocabulary", "alpha").to_dicts()
    return list(zip(rows[::2], rows[1::2], strict=True))


def test_where_text_is_uneven_alpha_0_has_the_lower_worst_premium_and_english_pays_for_it(
    uneven: Judged,
) -> None:
    pairs = by_alpha(uneven)
    assert len(pairs) == len(KINDS) * len(SIZES)
    for equal, as_it_is in pairs:
        assert equal["worst"] < as_it_is["worst"]
        assert equal["p90"] < as_it_is["p90"]
        assert equal["worst_cost"] < as_it_is["worst_cost"], "a gain in tokens, and not in the ratio alone"
        assert equal["cost"] > as_it_is["cost"]


def test_on_parallel_text_it_is_alpha_1_since_there_bytes_are_no_measure_of_content(
    even: Judged,
) -> None:
    """That alpha 0 never has a worse worst premium is not true of all text.

    In a parallel corpus every language says the same, but Burmese takes four times as many bytes for it as English. Equal
    bytes then are a quarter of the content for Burmese, and alpha 1, which gives it its bytes, serves it better.
    """
    for equal, as_it_is in by_alpha(even):
        assert equal["worst"] > as_it_is["worst"]
        assert equal["cost"] < as_it_is["cost"]


def test_small_languages_are_sampled_up_and_all_candidates_are_as_large(uneven: Judged) -> None:
    table = uneven.table
    assert table["trained_bytes"].to_list() == pytest.approx([100_000] * table.height, abs=2000)
    assert (table.filter(pl.col("alpha") == 1)["repeated_most"] < 1).all()
    assert (table.filter(pl.col("alpha") == 0)["repeated_most"] > 1).all()
    assert (table["entries"] <= table["vocabulary"]).all()


def test_the_front_rests_on_the_measures_of_the_run(uneven: Judged) -> None:
    measures = compute(uneven.counts)
    english = measures.filter((pl.col("measure") == "bytes_per_token") & (pl.col("language") == "eng_Latn"))
    joined = uneven.table.join(english, left_on="candidate", right_on="tokenizer")
    assert joined.height == uneven.table.height
    assert joined["cost"].to_list() == pytest.approx((1 / joined["value"]).to_list())
    # The interval of the inverse is the inverse of the interval.
    assert joined["cost_low"].to_list() == pytest.approx((1 / joined["high"]).to_list(), rel=1e-4)
    premium = measures.filter(pl.col("measure") == "premium").group_by("tokenizer").agg(pl.col("value").max())
    worst = uneven.table.join(premium, left_on="candidate", right_on="tokenizer")
    assert worst["worst"].to_list() == pytest.approx(worst["value"].to_list())
    for axis in AXES:
        assert (uneven.table[f"{axis.name}_low"] < uneven.table[axis.name]).all()
        assert (uneven.table[axis.name] < uneven.table[f"{axis.name}_high"]).all()
        own = uneven.table.filter(f"{axis.name}_on_front").sort("cost")
        assert own[axis.name].is_sorted(descending=True)
        assert own["candidate"][0] == uneven.table.sort("cost")["candidate"][0]
        assert uneven.table[f"{axis.name}_front_share"].is_between(0, 1).all()


def test_the_verdict_says_what_evenness_costs_in_tokens_with_intervals(uneven: Judged) -> None:
    front = uneven.table.select(SCHEMA.names())
    ends = ends_of(front)
    assert ends is not None
    step = step_between(uneven.counts, *ends)
    said = " ".join(verdict(front, "eng_Latn", step))
    assert "Judged on 11 units of text in 8 languages that none was trained on" in said
    found = re.search(
        r"English takes (\d+) % \[(\d+), (\d+)\] more tokens for the same text, and the language that is served worst "
        r"takes (\d+) % \[(\d+), (\d+)\] fewer",
        said,
    )
    assert found is not None
    dearer, low, high, fewer, least, most = map(int, found.groups())
    first, last = (front.row(by_predicate=pl.col("candidate") == name, named=True) for name in ends)
    assert dearer == round(100 * (last["cost"] / first["cost"] - 1))
    assert fewer == round(100 * (1 - last["worst_cost"] / first["worst_cost"]))
    assert 0 < low <= dearer <= high
    assert 0 < least <= fewer <= most < 100


def front_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    whole = [
        {
            **dict.fromkeys(SCHEMA.names()),
            "languages": 5,
            "units": 12,
            "worst_language": "mya_Mymr",
            **{f"{axis.name}_on_front": False for axis in AXES},
            **{f"{axis.name}_front_share": 1.0 for axis in AXES},
            **row,
        }
        for row in rows
    ]
    return pl.DataFrame(whole, schema=SCHEMA)


def test_a_premium_that_falls_only_because_english_gets_dearer_is_called_so() -> None:
    front = front_of(
        [
            {"candidate": "a", "cost": 0.2, "worst": 4.0, "worst_cost": 0.8, "worst_on_front": True},
            {"candidate": "b", "cost": 0.4, "worst": 3.0, "worst_cost": 1.2, "worst_on_front": True},
        ]
    )
    said = verdict(front, "eng_Latn", Step((1.0, 0.9, 1.1), (0.5, 0.4, 0.6)))[2]
    assert "English takes 100 % [90, 110] more tokens" in said
    assert "takes 50 % [40, 60] more, too: the lower premium is English's loss and nobody's gain" in said


def test_one_candidate_on_the_front_leaves_nothing_to_trade() -> None:
    front = front_of(
        [{"candidate": "a", "cost": 0.2, "worst": 4.0, "worst_cost": 0.8, "worst_on_front": True}]
    )
    assert "of 1 candidate, 1 is on the front" in verdict(front, "eng_Latn")[0]
    assert "nothing to trade" in verdict(front, "eng_Latn")[1]
    twins = pl.concat([front, front.with_columns(candidate=pl.lit("b"))])
    assert "a and b are equal, the cheapest for English" in verdict(twins, "eng_Latn")[1]


def test_a_front_takes_parallel_text_with_the_reference(uneven: Judged) -> None:
    counts = UnitCounts(uneven.counts.census, "fin_Latn", 50, 0)
    assert frontier(counts, fairness(counts)).is_empty()


def test_the_run_is_an_ordinary_one_that_renders_again_and_says_which_text_it_was_judged_on(
    whole: TrainedGrid, tmp_path: Path
) -> None:
    out = shutil.copytree(folder_of(whole), tmp_path / "run")
    assert "|corpus:udhr-held-out-11of31-seed0@" in whole.run.signature
    again = load_run(out)
    assert again.signature == whole.run.signature
    page = write_report(out).read_text(encoding="utf-8")
    assert 'id="trained"' in page
    for name in whole.candidates["candidate"]:
        assert name in page
    svg = (out / "charts" / "front.svg").read_text(encoding="utf-8")
    assert svg.count("Tokens per byte of English") == 3
    kept = json.loads((out / "candidates.json").read_text(encoding="utf-8"))
    assert kept["candidates"] == pl.read_parquet(out / "candidates.parquet").to_dicts()
    for row in kept["candidates"]:
        assert langcov.load_tokenizer(out / row["file"]).fingerprint == row["sha256"]
    assert trained_section(out, "of another run") is None
    (out / "candidates.json").write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(RunError, match="what was trained is damaged"):
        trained_section(out, again.signature)


def test_text_that_is_not_parallel_is_judged_on_text_that_is(udhr: Corpus, tmp_path: Path) -> None:
    samples = langcov.open_corpus("samples")
    candidates = grid(["byte-bpe"], [400], [0.3])
    with pytest.raises(CorpusError, match=r"not parallel.*name parallel text with --judge"):
        train(tmp_path / "run", samples, candidates, ["yor_Latn"])
    found = train(tmp_path / "run", samples, candidates, ["yor_Latn", "ady_Cyrl"], judge=held_out_part(udhr))
    assert found.facts["trained_on"]["corpus"] == "samples"
    assert found.run.census.corpus.name == "judge"
    assert found.run.census.languages == ["eng_Latn", "yor_Latn"]
    assert found.notes == [
        "judge has no text in 1 of the languages that candidates were trained on: ady_Cyrl."
    ]


def test_without_text_in_the_reference_there_is_nothing_to_hold_a_cost_against(
    udhr: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(LanguageError, match=r"no text in lat_Grek.*--reference"):
        train(tmp_path / "run", udhr, grid(), ["yor_Latn"], reference="lat_Grek")
    with pytest.raises(RunError, match="on this machine, not in an object store"):
        train("s3://bucket/run", udhr, grid())
    assert list(tmp_path.iterdir()) == []


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = __main__.run(["train", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


SMALL_GRID = ("--corpus", "udhr", "--language", "Amharic,yo", "--vocabulary", "600", "--alpha", "0,1")


def test_the_command_prints_the_front_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "run")
    code, said, err = run_command(capsys, *SMALL_GRID, "--out", out)
    assert (code, err) == (0, "")
    assert "byte-bpe-600-alpha0-o200k" in said
    assert f"Page: {out}/index.html#trained" in said
    code, _, err = run_command(capsys, *SMALL_GRID, "--out", out)
    assert code == 2
    assert "candidates are here already; go on with them with --resume" in err
    code, _, err = run_command(capsys, *SMALL_GRID, "--seed", "1", "--out", out, "--resume")
    assert code == 2
    assert "the candidates here are of another grid" in err
    before = (tmp_path / "run/candidates/byte-bpe-600-alpha0-o200k/tokenizer.json").stat()
    more = [*SMALL_GRID[:-1], "0,1,0.5", "--out", out, "--resume", "--json"]
    code, said, _ = run_command(capsys, *more)
    assert code == 0
    found = json.loads(said)
    assert sorted(row["alpha"] for row in found["candidates"]) == [0, 0.5, 1]
    assert (tmp_path / "run/candidates/byte-bpe-600-alpha0-o200k/tokenizer.json").stat() == before


def test_ctrl_c_in_the_terminal_ends_training_and_its_workers(tmp_path: Path) -> None:
    # So many candidates of so much text that the grid can't be over before the signal comes.
    sizes = ",".join(map(str, range(600, 640)))
    command = [sys.executable, "-m", "langcov", "train", "--corpus", "udhr", "--vocabulary", sizes]
    process = subprocess.Popen(
        [*command, "--bytes", "3000000", "--workers", "2", "--out", str(tmp_path / "run")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while process.poll() is None and not any(tmp_path.glob("run/candidates/*/candidate.json")):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert re.fullmatch(r"langcov: interrupted; \d+ of 120 candidates are kept in .*--resume\.\n", said)
    kept = {path.name for path in (tmp_path / "run" / "candidates").iterdir()}
    assert "plan.json" in kept
    assert not any(name.startswith(".") for name in kept)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kind", "bpe"], "no kind of tokenizer that can be trained is called 'bpe'"),
        (["--vocabulary", "8k"], "'8k' is no list of numbers"),
        (["--held-out", "1.5"], "a share of 1.5 can't be held out"),
        (["--floor", "0.5", "--cap", "0.2"], "no share is from 0.5 to 0.2"),
        (["--repeats", "0"], "text can't be taken 0 times"),
        (["--judge", "udhr"], "no text to train on in eng_Latn, yor_Latn"),
        (["--floor", "0.9"], "the floors of 2 languages ask for 180% of the sample"),
        (["--language", "Amharc"], "did you mean"),
        (["--judge", "samples"], "corpus samples: this text is not parallel"),
    ],
)
def test_bad_use_ends_in_one_sentence_and_leaves_nothing(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = [
        "--corpus",
        "udhr",
        "--language",
        "yor_Latn",
        "--vocabulary",
        "400",
        "--out",
        str(tmp_path / "run"),
    ]
    code, said, err = run_command(capsys, *start, *arguments)
    assert code == 2
    assert said == ""
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_the_report_draws_the_front_again(
    whole: TrainedGrid, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shutil.copytree(folder_of(whole), tmp_path / "run")
    shutil.rmtree(out / "charts")
    assert __main__.run(["report", str(out), "--format", "png"]) == 0
    assert "front.png" in capsys.readouterr().out
    assert (out / "charts" / "front.png").read_bytes().startswith(b"\x89PNG")
