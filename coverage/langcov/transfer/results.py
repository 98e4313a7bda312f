"""Results that users bring: JSON of lm-evaluation-harness and of lighteval, and plain CSV."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from langcov.errors import EvidenceError, LanguageError
from langcov.languages import parse
from langcov.transfer.benchmarks import named_by
from langcov.transfer.evidence import KEY, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

METRICS: Final = ("acc", "exact_match", "em", "f1", "acc_norm", "acc_norm_token", "acc_norm_pmi", "score")
"""The first of these that a task has is its score; a metric's name may go on, as in ``exact_match_fra_prefix``."""

RENAMED: Final = {"acc": "accuracy", "em": "exact_match"}
YOURS: Final = "not stated"


@dataclass(frozen=True)
class Given:
    """Results that were read: the frame of `RESULTS`, and a sentence for each thing that was left out."""

    results: pl.DataFrame
    notes: tuple[str, ...]


def read_results(paths: Sequence[str | Path]) -> Given:
    """Read users' results; the content of a file decides its format.

    Raises:
        EvidenceError: A file can't be read, has no result of a language, or two files disagree.
    """
    frames, notes = [pl.DataFrame(schema=RESULTS)], []
    for path in map(Path, paths):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EvidenceError(
                f"can't read the results ({reason})", where=str(path), fix="check the path"
            ) from error
        except UnicodeDecodeError as error:
            raise EvidenceError(
                f"byte {error.start:,} is no UTF-8", where=str(path), fix="save the results as UTF-8"
            ) from error
        if not text.strip():
            raise EvidenceError("the file is empty", where=str(path), fix="put results in it")
        rows, left_out = _from_json(text, path) if text.lstrip().startswith("{") else _from_csv(text, path)
        if not rows:
            raise EvidenceError(
                "no result of a language is in this file",
                where=str(path),
                fix="task names must end in a language, as belebele_amh_Ethi or xnli_sw",
            )
        frames.append(pl.DataFrame(rows, schema=RESULTS))
        notes += left_out
    found = pl.concat(frames).unique(maintain_order=True)
    twice = found.filter(pl.struct([*KEY, "language"]).is_duplicated())
    if twice.height:
        row = twice.row(0, named=True)
        raise EvidenceError(
            f"two scores for {row['model']} on {row['benchmark']} in {row['language']}",
            where=row["source"],
            fix="give each result once",
        )
    return Given(found, tuple(notes))


def _from_json(text: str, path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(
            f"this is no JSON ({error})", where=str(path), fix="give the harness's own file"
        ) from error
    results = content.get("results")
    if not isinstance(results, dict) or not all(isinstance(scores, dict) for scores in results.values()):
        raise EvidenceError(
            "there is no table 'results' of tasks",
            where=str(path),
            fix="give the results file of lm-evaluation-harness or lighteval",
        )
    lighteval = "config_general" in content
    model = _model_of(content, lighteval=lighteval)
    if not model:
        raise EvidenceError("the file does not name its model", where=str(path), fix="add model_name to it")
    rows, notes = _tasks(content, results, str(model), path, lighteval=lighteval)
    return _averaged(rows), notes


def _model_of(content: Mapping[str, Any], *, lighteval: bool) -> str | None:
    """Return the model's name, wherever a version of a harness wrote it."""
    if lighteval:
        general = content["config_general"]
        name = general.get("model_name") or (general.get("model_config") or {}).get("model_name")
        return str(name) if name else None
    config = content.get("config") or {}
    arguments = config.get("model_args") or {}
    if isinstance(arguments, str):
        arguments = dict(part.split("=", 1) for part in arguments.split(",") if "=" in part)
    name = content.get("model_name") or arguments.get("pretrained") or arguments.get("model")
    return str(name) if name else None


def _tasks(
    content: Mapping[str, Any], results: Mapping[str, Any], model: str, path: Path, *, lighteval: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return one row a task that names a language, and what was left out."""
    rows, notes, skipped = [], [], []
    names = {task: _task_name(task) if lighteval else task for task in results}
    for task, scores in results.items():
        name = names[task]
        named = named_by(name)
        metric = _metric(scores)
        if task == "all" or _is_part(name, names.values()):
            continue
        if named is None or metric is None:
            skipped.append(name)
            continue
        key, value = metric
        chance, known = _chance(named.chance, content, task)
        if not known:
            notes.append(f"{path.name}: chance of {name} is not known and taken as 0.")
        shots = _shots(content, task, lighteval=lighteval)
        rows.append(
            {
                "model": model,
                "benchmark": named.benchmark + (f": {named.variant}" if named.variant else ""),
                "metric": RENAMED.get(key, key),
                "setting": "zero-shot" if shots == 0 else f"{'few' if shots is None else shots}-shot",
                "language": named.language,
                "score": _percent(100 * value, path),
                "chance": chance,
                "n_runs": 1,
                "n_examples": _examples(content, task, lighteval=lighteval),
                "translated": named.translated,
                "citation": f"your results, {path.name}",
                "licence": YOURS,
                "source": path.name,
            }
        )
    if skipped:
        shown = ", ".join(skipped[:5]) + (f" and {len(skipped) - 5} more" if len(skipped) > 5 else "")
        notes.append(f"{path.name}: left out, since they name no language or have no score: {shown}.")
    return rows, notes


def _task_name(task: str) -> str:
    """Return the name inside lighteval's ``suite|name|shots|truncate``; an average of parts stands for them."""
    parts = task.split("|")
    return (parts[1] if len(parts) > 1 else parts[0]).replace(":_average", "")


def _is_part(name: str, names: Iterable[str]) -> bool:
    """Whether a task is a part of another one here: ``global_mmlu_full_yo_stem`` of ``global_mmlu_full_yo``."""
    return any(
        name != other and re.match(rf"{re.escape(other)}[_:]", name) and named_by(other) for other in names
    )


def _metric(scores: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return the metric that stands for a task and its value; lm-eval writes ``acc,none``, lighteval ``acc``."""
    values = {
        key: float(value)
        for key, value in scores.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and "stderr" not in key
    }
    for metric in METRICS:
        for key, value in values.items():
            name = key.partition(",")[0]
            if (
                name == metric or (metric not in {"acc", "acc_norm"} and name.startswith(f"{metric}_"))
            ) and math.isfinite(value):
                return metric, value
    return None


def _chance(known: float | None, content: Mapping[str, Any], task: str) -> tuple[float, bool]:
    """Return the score of guessing, and whether it is known: of the benchmark, or of a task that lists its choices."""
    if known is not None:
        return known, True
    config = (content.get("configs") or {}).get(task) or {}
    choices = config.get("doc_to_choice")
    if isinstance(choices, list) and choices:
        return 100 / len(choices), True
    return 0.0, config.get("output_type") == "generate_until"


def _shots(content: Mapping[str, Any], task: str, *, lighteval: bool) -> int | None:
    if lighteval:
        parts = task.split("|")
        number = parts[2] if len(parts) > 2 else ""
        return int(number) if number.isdigit() else None
    found = (content.get("n-shot") or {}).get(task)
    if found is None:
        found = ((content.get("configs") or {}).get(task) or {}).get("num_fewshot")
    return int(found) if isinstance(found, (int, float)) else 0


def _examples(content: Mapping[str, Any], task: str, *, lighteval: bool) -> int | None:
    if lighteval:
        parts = task.split("|")
        config = (content.get("config_tasks") or {}).get("|".join(parts[:2])) or {}
        found = config.get("effective_num_docs") if isinstance(config, dict) else None
    else:
        found = ((content.get("n-samples") or {}).get(task) or {}).get("effective")
    return int(found) if isinstance(found, (int, float)) and found > 0 else None


def _averaged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a language: prompts of one task are runs of it."""
    if not rows:
        return rows
    table = pl.DataFrame(rows, schema=RESULTS)
    others = [name for name in RESULTS.names() if name not in {*KEY, "language", "score", "n_runs"}]
    averaged = table.group_by([*KEY, "language"], maintain_order=True).agg(
        pl.col("score").mean(), pl.len().cast(pl.Int32).alias("n_runs"), pl.col(others).first()
    )
    return averaged.select(RESULTS.names()).to_dicts()


def _from_csv(text: str, path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Read columns model, benchmark, language, score, and if they are there chance, n, metric, setting, translated."""
    try:
        table = pl.read_csv(io.StringIO(text), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise EvidenceError(
            f"this is no CSV ({error})", where=str(path), fix="see langcov link --help"
        ) from error
    missing = [name for name in ("model", "benchmark", "language", "score") if name not in table.columns]
    if missing:
        raise EvidenceError(
            f"column {missing[0]!r} is missing",
            where=str(path),
            fix="it takes model, benchmark, language, score, and may have chance, n, metric, setting, translated",
        )
    rows = table.to_dicts()
    scores = [_number(row["score"], path, line) for line, row in enumerate(rows, 2)]
    scale = 100 if scores and max(scores) <= 1 else 1
    found = [
        {
            "model": _named(row, "model", path, line),
            "benchmark": _named(row, "benchmark", path, line),
            "metric": row.get("metric") or "score",
            "setting": row.get("setting") or "zero-shot",
            "language": _language(row["language"], path, line),
            "score": _percent(scale * score, path),
            "chance": scale * _number(row.get("chance") or "0", path, line),
            "n_runs": 1,
            "n_examples": int(_number(row["n"], path, line)) if row.get("n") else None,
            "translated": row.get("translated") or "unknown",
            "citation": f"your results, {path.name}",
            "licence": YOURS,
            "source": path.name,
        }
        for line, (row, score) in enumerate(zip(rows, scores, strict=True), 2)
    ]
    return found, [
        f"{path.name}: no score is above 1, so they were read as fractions."
    ] if scale == 100 else []


def _named(row: Mapping[str, str | None], column: str, path: Path, line: int) -> str:
    value = row[column]
    if not value:
        raise EvidenceError(f"there is no {column}", where=f"{path}, line {line}", fix="fill the column")
    return value


def _language(name: str | None, path: Path, line: int) -> str:
    try:
        return parse(name or "")
    except LanguageError as error:
        raise EvidenceError(error.what, where=f"{path}, line {line}", fix=error.fix) from None


def _number(text: str | None, path: Path, line: int) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EvidenceError(
            f"{text!r} is no number", where=f"{path}, line {line}", fix="mend it or leave the row out"
        )
    return value


def _percent(value: float, path: Path) -> float:
    if not 0 <= value <= 100:
        raise EvidenceError(
            f"a score of {value:g} % can't be",
            where=str(path),
            fix="give scores from 0 to 100, or all from 0 to 1",
        )
    return value
