"""Vocabulary adaptation: more pieces for some languages in a tokenizer that stays the same for all others."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

import langcov
from langcov.engines.requests import wanted_languages
from langcov.engines.tasks import facts_of
from langcov.errors import CorpusError, LangcovError, LanguageError
from langcov.languages import parse
from langcov.measures import RESAMPLES
from langcov.measures.table import MOST_LOST
from langcov.planning.extended_files import source_of
from langcov.planning.extension_curve import measure_curve, sizes_up_to
from langcov.planning.merging import LEAST, learn
from langcov.planning.pretokens import Cutter, collect
from langcov.planning.protection import changes, forbidden
from langcov.planning.splits import split
from langcov.signature import signature
from langcov.tokenizers.files import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langcov.corpora.base import Corpus
    from langcov.planning.extended_files import Source
    from langcov.planning.merging import Learned
    from langcov.tokenizers.base import Tokenizer

REFERENCE: Final = "eng_Latn"

HELD_OUT: Final = 0.3
"""Share of the units that nothing is learned from: the curve and the count of changes are of these."""

CURVE: Final = "curve.parquet"
DETAILS: Final = "extension.json"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Extension:
    r"""A tokenizer with more pieces, and what they are worth.

    Attributes:
        tokenizer: The extended tokenizer, loaded from `data`.
        file: Name of the file that holds it: ``tokenizer.json`` or ``tokenizer.model``.
        data: The file's content.
        pieces: A row a new piece in the order in which they were learned: ``id``, ``piece`` (as the vocabulary spells it),
            ``text`` (what it stands for; bytes that are no UTF-8 as ``\xe1``), ``left`` and ``right`` (its parts, empty for
            a character), ``count`` (how often it was made in the text it was learned from), ``saved`` (tokens saved there)
            and ``shares`` (of the count, by language).
        curve: `langcov.planning.extension_curve.SCHEMA`: measures of held-out text by number of pieces.
        protected: `langcov.planning.protection.SCHEMA`: what changes in the protected languages' held-out text.
        manifest: Where all came from, with the signature; JSON.
    """

    tokenizer: Tokenizer
    file: str
    data: bytes
    pieces: pl.DataFrame
    curve: pl.DataFrame
    protected: pl.DataFrame
    manifest: dict[str, Any]

    @property
    def signature(self) -> str:
        """What it takes to get the numbers again."""
        return str(self.manifest["signature"])

    def as_dict(self) -> dict[str, Any]:
        """Return all but the file as JSON knows it."""
        return {
            **self.manifest,
            "protected": self.protected.to_dicts(),
            "pieces": self.pieces.to_dicts(),
            "curve": self.curve.to_dicts(),
        }

    def write(self, folder: Path) -> None:
        """Write the tokenizer's file, the curve, the pieces and the manifest into a folder that exists."""
        (folder / self.file).write_bytes(self.data)
        self.curve.write_parquet(folder / CURVE)
        details = {
            "signature": self.signature,
            "protected": self.protected.to_dicts(),
            "pieces": self.pieces.to_dicts(),
        }
        for name, found in ((DETAILS, details), (MANIFEST, self.manifest)):
            text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
            (folder / name).write_text(text, encoding="utf-8")


def extend(  # noqa: PLR0913 (each is one choice)
    tokenizer: Tokenizer,
    corpus: Corpus,
    languages: Sequence[str],
    *,
    pieces: int = 2000,
    protect: Sequence[str] = (),
    protected_text: Corpus | None = None,
    reference: str | None = None,
    first_id: int = 0,
    seed: int = 0,
    on_step: Callable[[str], None] | None = None,
) -> Extension:
    """Learn new pieces for some languages, after all that a tokenizer has, and measure on held-out text what they bring.

    Every id stays, and so does every encoding but those in which the parts of a new piece are neighbours. Pairs that are
    neighbours in the protected languages' text are not learned.

    Args:
        tokenizer: A byte-level BPE or a SentencePiece BPE.
        corpus: Text in the languages; part of its units (`HELD_OUT`) is held out to measure on.
        languages: Tags, codes or names of those that get pieces; each weighs as much as it has text.
        pieces: How many; fewer if no other pair occurs twice.
        protect: Languages whose encoding is to stay, beside the reference.
        protected_text: More text in protected languages, of which none will change. The more of it, the less will change
            of what nobody has seen.
        reference: What premiums are against; English if None. It is protected, unless it gets pieces itself.
        first_id: Of the new pieces, where the model has special tokens that the file does not list; by default the next
            after the largest in the file.
        seed: Of the units that are held out, and of the intervals.
        on_step: Called with what is being done.

    Raises:
        TokenizerError: The tokenizer can't be extended.
        LanguageError: A language is unknown, the corpus lacks it, or it is both to be extended for and protected.
        CorpusError: There is too little text.
    """
    step = on_step or (lambda _: None)
    source = source_of(tokenizer, first_id)
    if pieces < 1:
        raise LangcovError(f"{pieces:,} pieces are no extension", where="pieces", fix="ask for one at least")
    targets, kept, against = _languages(corpus, languages, protect, reference)
    training, held_out = split(corpus, [*targets, *kept], HELD_OUT, seed)
    step("reading")
    cutter = Cutter(tokenizer)
    words = collect(training, targets, cutter)
    for language, number in zip(targets, words.counts.sum(axis=0), strict=True):
        if not number:
            raise CorpusError(
                f"no text in {language} to learn from",
                where=f"corpus {corpus.name}",
                fix="give more text of it",
            )
    guarded = _guarded(source, [(training, kept), *_more_text(protected_text, kept)], cutter)
    step(f"learning {pieces:,} pieces")
    learned = learn(words, source.rules(*guarded), pieces)
    name = f"{tokenizer.name}-extended"
    data = source.extended(learned.pieces)

    def with_pieces(number: int) -> Tokenizer:
        step(f"counting held-out text with {number:,} pieces")
        if not number:
            return tokenizer
        return source.load(source.extended(learned.pieces[:number]), Path(source.file), name)

    counted = [*dict.fromkeys([*targets, *kept, *([against] if against in corpus.languages() else [])])]
    sizes = sizes_up_to(len(learned.pieces)) if learned.pieces else [0]
    curve, census = measure_curve(with_pieces, sizes, held_out, counted, reference=against, seed=seed)
    step("comparing protected text")
    extended = source.load(data, Path(source.file), name)
    source.check(extended)
    parts = {
        "extend": "+".join(targets),
        "pieces": f"{len(learned.pieces)}of{pieces}",
        "protect": "+".join(kept) or "none",
        "training": training.fingerprint[:8],
    }
    if protected_text is not None:
        parts["protect-text"] = f"{protected_text.name}@{protected_text.fingerprint[:8]}"
    manifest = {
        "format": 1,
        "made": "extension",
        "langcov": langcov.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "signature": "|".join(
            [
                signature(
                    census,
                    version=langcov.__version__,
                    reference=against,
                    baseline=tokenizer.name,
                    resamples=RESAMPLES,
                    seed=seed,
                ),
                *(f"{key}:{value}" for key, value in parts.items()),
            ]
        ),
        "tokenizer": asdict(facts_of(tokenizer)),
        "file": source.file,
        "fingerprint": fingerprint(data),
        "entries": extended.vocabulary.height,
        "first_new_id": source.first_id,
        "new_pieces": len(learned.pieces),
        "languages": targets,
        "protect": kept,
        "reference": against,
        "corpus": asdict(census.corpus),
        "seed": seed,
        "passed_over": learned.protected,
        "notes": _notes(source, learned, pieces, curve, targets),
    }
    return Extension(
        tokenizer=extended,
        file=source.file,
        data=data,
        pieces=_pieces(source, learned, extended, targets),
        curve=curve,
        protected=changes(tokenizer, extended, held_out, kept),
        manifest=manifest,
    )


def _languages(
    corpus: Corpus, languages: Sequence[str], protect: Sequence[str], reference: str | None
) -> tuple[list[str], list[str], str]:
    """Return the tags of languages to extend for and to protect, and the reference."""
    targets = [*dict.fromkeys(map(parse, languages))]
    if not targets:
        raise LanguageError("no language is named", where="extend", fix="name one with --language")
    against = parse(reference) if reference else REFERENCE
    kept = [*dict.fromkeys(map(parse, protect))]
    both = sorted(set(targets) & set(kept))
    if both:
        raise LanguageError(
            f"{', '.join(both)} can't get pieces and stay as it is",
            where="--protect",
            fix="name it with --language or with --protect",
        )
    # The reference that nobody named is only protected where there is text of it.
    if against not in (*targets, *kept) and (reference or against in corpus.languages()):
        kept = [against, *kept]
    wanted_languages(corpus, [*targets, *kept])
    return targets, kept, against


def _more_text(corpus: Corpus | None, kept: Sequence[str]) -> list[tuple[Corpus, list[str]]]:
    """Return text of which nothing may change, and the protected languages that it has."""
    if corpus is None:
        return []
    there = [language for language in kept if language in corpus.languages()]
    if not there:
        raise LanguageError(
            f"no text in a protected language ({', '.join(kept) or 'none is'})",
            where=f"corpus {corpus.name}",
            fix="name its language with --protect",
        )
    return [(corpus, there)]


def _guarded(
    source: Source, texts: Sequence[tuple[Corpus, list[str]]], cutter: Cutter
) -> tuple[set[int], set[str]]:
    """Return what no piece may be, so that none of these texts changes."""
    rules = source.rules(set(), set())
    pairs, wholes = set[int](), set[str]()
    for corpus, languages in texts:
        found = forbidden(
            collect(corpus, languages, cutter),
            rules.texts,
            by_text=rules.by_text,
            whole_words=rules.whole_words,
        )
        pairs |= found[0]
        wholes |= found[1]
    return pairs, wholes


def _pieces(source: Source, learned: Learned, extended: Tokenizer, languages: Sequence[str]) -> pl.DataFrame:
    surfaces = extended.vocabulary.filter(pl.col("id") >= source.first_id)["surface"].to_list()
    rows = [
        {
            "id": source.first_id + place,
            "piece": piece.text,
            "text": surface.decode("utf-8", "backslashreplace"),
            "left": piece.left,
            "right": piece.right,
            "count": sum(piece.counts),
            "saved": piece.saved,
            "shares": {
                language: round(count / sum(piece.counts), 4)
                for language, count in zip(languages, piece.counts, strict=True)
            },
        }
        for place, (piece, surface) in enumerate(zip(learned.pieces, surfaces, strict=True))
    ]
    texts = dict.fromkeys(("piece", "text", "left", "right"), pl.String)
    shares = pl.Struct(dict.fromkeys(languages, pl.Float64))
    return pl.DataFrame(
        rows, schema={"id": pl.UInt32, **texts, "count": pl.UInt64, "saved": pl.UInt64, "shares": shares}
    )


def _notes(
    source: Source, learned: Learned, wanted: int, curve: pl.DataFrame, targets: Sequence[str]
) -> list[str]:
    """What a reader should know, a sentence each."""
    notes = []
    number = len(learned.pieces)
    if number < wanted:
        notes.append(
            f"There are {number:,} new pieces, not {wanted:,}: no other pair that may be merged occurs {LEAST} times in the "
            "text to learn from; give more text."
        )
    if learned.protected:
        notes.append(
            f"{learned.protected:,} candidates were passed over, since they would change the protected languages' text."
        )
    if number and not (source.lists_specials or source.least_id):
        notes.append(
            f"The file does not list the model's special tokens, which may have ids from {source.first_id:,} on: then extend the "
            "model's tokenizer.json instead, or give the id after the last of them with --first-id."
        )
    if getattr(source.tokenizer, "nfc", False):
        notes.append(
            "The file puts text into form NFC by the tables of the library tokenizers, which are older than those of the "
            "tokenizer itself."
        )
    at_first = curve.filter(pl.col("pieces") == 0, pl.col("language").is_in(list(targets)))
    lost = at_first.filter(pl.col("measure") == "lost_characters", pl.col("value") > MOST_LOST)[
        "language"
    ].to_list()
    if lost:
        notes.append(
            f"More than 10 % of the characters are lost to the unknown token in {', '.join(lost)}, and stay lost: the "
            "vocabulary has no bytes to spell them with."
        )
    return notes + sorted(
        set(at_first.filter(pl.col("measure").is_in(["premium", "fertility"]))["note"].drop_nulls())
    )
