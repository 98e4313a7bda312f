"""How the page holds its data and its drawings: smaller, and nothing lost."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from langcov.report import bundle, charts, slim
from langcov.report.details import packed_details, token_codes
from langcov.report.embedding import LEAST_LIFTED, MOST_PLAIN, SIGNS, held, packed
from langcov.report.extras import SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = st.one_of(st.none(), st.integers(-(2**40), 2**40))
FACTS: dict[str, Any] = {
    "row": ["Thai", "Thai", "Lao", "Lao"],
    "column": ["Thai", "Lao", "Thai", "Lao"],
    "step": [1, 3, 3, 7],
}


def bits_of(text: str) -> str:
    """The bits that signs stand for: 13 a pair, 6 a sign that is left over."""
    places = [SIGNS.index(sign) for sign in text.encode()]
    pairs = zip(places[::2], places[1::2], strict=False)
    rest = f"{places[-1]:06b}" if len(places) % 2 else ""
    return "".join(f"{91 * one + other:013b}" for one, other in pairs) + rest


def unpacked(text: str) -> bytes:
    bits = bits_of(text)
    return gzip.decompress(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)))


def restored(data: object, planes: bytes) -> object:
    """Put lists back into the place of their planes."""
    if isinstance(data, list):
        return [restored(each, planes) for each in data]
    if not isinstance(data, dict):
        return data
    if "planes" not in data:
        return {key: restored(value, planes) for key, value in data.items()}
    start, length, depth, least = data["planes"]
    codes = [
        sum(planes[start + plane * length + place] << 8 * plane for plane in range(depth))
        for place in range(length)
    ]
    return [code - 1 + least if code else None for code in codes]


@given(st.binary(max_size=300))
def test_any_bytes_come_back_from_signs_that_are_no_markup(data: bytes) -> None:
    text = packed(data)
    assert not set(text) & set("<>& \n")
    assert text.isascii()
    assert unpacked(text) == data


@given(
    st.lists(
        st.one_of(st.lists(WHOLE, min_size=LEAST_LIFTED, max_size=80), st.text(max_size=5), st.floats(0, 1))
    )
)
def test_large_data_comes_back_whatever_lists_are_in_it(parts: list[Any]) -> None:
    data = {"parts": parts, "filling": "x" * MOST_PLAIN}
    kept = held(data)
    assert kept["type"] == "text/plain"
    line, _, planes = unpacked(kept["text"]).partition(b"\n")
    assert restored(json.loads(line), planes) == json.loads(json.dumps(data))


def test_planes_take_a_good_deal_less_than_digits() -> None:
    numbers = [(7919 * place**2) % 5000 for place in range(20_000)]
    assert len(held({"numbers": numbers})["text"]) < 0.8 * len(packed(json.dumps(numbers).encode()))


@pytest.mark.parametrize(
    ("tokens", "codes"),
    [
        (([], [], []), []),
        (([0, 1], [1, 3], ["text", "bytes"]), [1, 2]),
        (([2, 2], [5, 6], ["unknown", "text"]), [0, 2, -3, 4]),
        (([0, 3, 3], [3, 3, 4], ["rewritten", "text", "text"]), [None, 3, None, 0, 1]),
    ],
)
def test_codes_of_tokens_say_what_each_takes(
    tokens: tuple[list[int], list[int], list[str]], codes: list[int]
) -> None:
    assert token_codes(*tokens) == codes


def test_a_tokenizer_that_lacks_a_text_has_no_codes_and_others_keep_theirs() -> None:
    rows = [
        ("a", "eng_Latn", 0, "ab", [0, 1], [1, 2], ["text", "text"], ["a", "b"]),
        ("b", "eng_Latn", 0, "ab", [0], [2], ["rewritten"], ["AB"]),
        ("b", "eng_Latn", 1, "c", [0], [1], ["text"], ["c"]),
        ("b", "deu_Latn", 0, "", [], [], [], []),
    ]
    samples = pl.DataFrame(rows, schema=SCHEMAS["samples"], orient="row")
    found = packed_details({"samples": samples}, ["a", "b"], ["deu_Latn", "eng_Latn"])["samples"]
    assert found["texts"] == [[""], ["ab", "c"]]
    assert found["lengths"] == [None, 0, 2, 2, None, 1]
    assert found["codes"] == [1, 1, None, 2, 1]
    assert found["words"] == ["AB"]


def drawings() -> dict[str, str]:
    """Each chart as Vega draws it."""
    pairs = [
        dict(zip(FACTS, row, strict=True), text="", interval="") for row in zip(*FACTS.values(), strict=True)
    ]
    points = [
        {"tokenizer": one, "script": script, "premium": 1 + at / 7, "gap": at / 31, "size": at / 30}
        for at in range(30)
        for one, script in (("a", "Thai"), ("b", "Lao"))
    ]
    forest = [
        {"label": name, "raw": 0.2, "partial": 0.31, "low": -0.1, "high": 0.7, "said": ""} for name in "xyz"
    ]
    controls = [{"label": name, "of": "w", "value": at / 9, "said": ""} for name in "xyz" for at in range(5)]
    made: dict[str, tuple[Any, dict[str, Any]]] = {
        "overlap": (charts.overlap_heat_map(["Thai", "Lao"]), {"pairs": pairs}),
        "scatter": (charts.link_scatter(["a", "b"], ["Thai", "Lao"], (0, 1)), {"points": points}),
        "forest": (charts.link_forest(["x", "y", "z"]), {"forest": forest, "controls": controls}),
    }
    return {
        name: vl_convert.vegalite_to_svg({**charts.specification(chart), "datasets": rows})
        for name, (chart, rows) in made.items()
    }


def picture(svg: str) -> Image.Image:
    coloured = svg
    for place in range(7):
        coloured = coloured.replace(f"var(--amount-{place})", f"rgb({30 * place},90,{200 - 20 * place})")
        coloured = coloured.replace(f"var(--kind-{place})", f"rgb(90,{30 * place},{200 - 20 * place})")
    for name in ("line", "soft", "accent", "worse-5"):
        coloured = coloured.replace(f"var(--{name})", "teal")
    return Image.open(io.BytesIO(vl_convert.svg_to_png(coloured, scale=1))).convert("RGBA")


@pytest.mark.parametrize("name", ["overlap", "scatter", "forest"])
def test_a_slim_drawing_is_a_good_deal_smaller_and_looks_the_same(name: str) -> None:
    whole = drawings()[name]
    small = slim.slim(whole)
    assert len(small) < 0.7 * len(whole)
    before, after = picture(whole), picture(small)
    assert before.size == after.size
    assert len(before.getcolors(1 << 20) or ()) > 5, "something is drawn"
    off = sum(ImageChops.difference(before, after).convert("L").histogram()[40:])
    assert off < 0.002 * before.width * before.height
    # The comparison would see one mark that is missing.
    assert (
        slim.slim(
            whole.replace("var(--kind-0)", "none")
            .replace("var(--worse-5)", "none")
            .replace("var(--amount-3)", "none")
        )
        != small
    )


def test_text_in_a_drawing_stays_text() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><g><text transform="translate(1.26,2)" fill="red">&lt;b&gt; 1.234</text></g></svg>'
    assert slim.slim(svg) == (
        '<svg xmlns="http://www.w3.org/2000/svg"><text transform="translate(1.3,2)" fill="red">&lt;b&gt; 1.234</text></svg>'
    )


def test_the_charts_script_is_kept_and_a_damaged_one_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGCOV_CACHE", str(tmp_path))
    made: list[str] = []

    def put_together(snippet: str) -> str:
        made.append(snippet)
        return "let vegaEmbed;" + snippet

    monkeypatch.setattr(vl_convert, "javascript_bundle", put_together)
    chart_script = bundle.chart_script.__wrapped__
    first = chart_script()
    assert chart_script() == first
    assert len(made) == 1
    assert unpacked(first.packed).decode() == "(()=>{let vegaEmbed;window.vegaEmbed=vegaEmbed;})();"
    (kept,) = tmp_path.rglob("*.json")
    whole = kept.read_text(encoding="utf-8")
    for damaged in (whole[:-9], "[]", "{}", whole.replace(first.packed[:9], "<script>"), ""):
        kept.write_text(damaged, encoding="utf-8")
        assert chart_script() == first
        assert kept.read_text(encoding="utf-8") == whole
    assert len(made) == 6
