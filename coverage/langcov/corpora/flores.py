"""The layout of FLORES: equal lines of two files are translations of each other.

Files are named ``yor_Latn.devtest`` (FLORES-200) or ``devtest.yor_Latn`` (FLORES+), and ``dev`` likewise.
"""

from __future__ import annotations

from langcov.corpora.plain_text import SPLIT, read_lines, read_many_lines
from langcov.corpora.sources import Format

FORMAT = Format(
    name="flores",
    suffixes=(".dev", ".devtest"),
    stems=("dev", "devtest"),
    read=read_lines,
    aligned=True,
    split=SPLIT,
    read_many=read_many_lines,
)
