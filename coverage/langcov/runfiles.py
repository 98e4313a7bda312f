"""Run files: a whole run written down in TOML, so that it can be done again and reviewed.

    tokenizers = ["mbert", "xlm-r", "o200k"]
    corpus = ["udhr"]
    language = ["amh_Ethi", "eng_Latn"]     # all, if left out
    out = "out/encoders"                    # beside the run file

Every other option of ``langcov compare`` may stand here by its name, with underscores for dashes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from langcov.errors import RunError
from langcov.stores import is_address

_KINDS: Final[dict[str, type]] = {
    "tokenizers": list,
    "corpus": list,
    "language": list,
    "reference": str,
    "out": str,
    "show": str,
    "overlap": str,
    "baseline": str,
    "fail_if": list,
    "text_language": str,
    "text_column": str,
    "language_column": str,
    "unit_column": str,
    "root": str,
    "parallel": bool,
    "on_bad_text": str,
    "pattern": str,
    "seed": int,
    "workers": int,
    "resume": bool,
    "engine": str,
    "ray_address": str,
    "fast": bool,
}
_WANTED: Final = {list: "a list of strings", str: "a string", bool: "true or false", int: "a whole number"}
_PATHS: Final = ("out", "root")


def read_run_file(path: str | Path) -> dict[str, Any]:
    """Read a run file into the parameters of ``langcov compare``.

    Paths in it are relative to the file's own folder.

    Raises:
        RunError: The file is missing, is no TOML, names no tokenizer, or has a key that nobody knows.
    """
    path = Path(path)
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(
            f"can't read the run file ({reason})", where=str(path), fix="check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(f"this is no TOML ({error})", where=str(path), fix="mend that line") from error
    _check(options, path)
    for key in _PATHS:
        if key in options and not is_address(options[key]):
            options[key] = path.parent / options[key]
    for key in ("tokenizers", "corpus"):
        if key in options:
            options[key] = [_beside(path, item) for item in options[key]]
    return options


def _check(options: dict[str, Any], path: Path) -> None:
    """Raise a `RunError` at the first key that is unknown or of the wrong kind."""
    unknown = sorted(set(options) - set(_KINDS))
    if unknown:
        raise RunError(
            f"nobody knows the key {unknown[0]!r}", where=str(path), fix=f"known keys are {', '.join(_KINDS)}"
        )
    for key, value in options.items():
        kind = _KINDS[key]
        fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not fits or (kind is list and not all(isinstance(item, str) for item in value)):
            wanted = _WANTED[kind]
            raise RunError(f"{key} is {value!r}", where=str(path), fix=f"make it {wanted}")
    texts = [each for value in options.values() for each in (value if isinstance(value, list) else [value])]
    if any(isinstance(text, str) and "\0" in text for text in texts):
        raise RunError("a value holds a null character", where=str(path), fix="take it out")
    if options.get("seed", 0) < 0:
        raise RunError(f"seed is {options['seed']}", where=str(path), fix="make it 0 or more")
    if options.get("workers", 1) < 1:
        raise RunError(f"workers is {options['workers']}", where=str(path), fix="make it 1 or more")
    if options.get("on_bad_text", "stop") not in {"stop", "skip"}:
        raise RunError(
            f"on_bad_text is {options['on_bad_text']!r}", where=str(path), fix="make it stop or skip"
        )
    if options.get("engine", "local") not in {"local", "ray"}:
        raise RunError(f"engine is {options['engine']!r}", where=str(path), fix="make it local or ray")
    if not options.get("tokenizers"):
        raise RunError("it names no tokenizer", where=str(path), fix='add a line tokenizers = ["o200k"]')


def _beside(path: Path, item: str) -> str:
    """A path in a run file is meant from there; a name stays a name."""
    local = path.parent / item
    is_elsewhere = item.startswith(("hf:", "~", "/")) or "://" in item
    looks_like_path = "/" in item or any(sign in item for sign in "*?[")
    return str(local) if not is_elsewhere and (looks_like_path or local.exists()) else item
