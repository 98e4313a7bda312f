"""Sentences for a terminal, in which nothing that came from a file can act on it."""

from __future__ import annotations

import contextlib
import sys


def printable(text: str) -> str:
    r"""Return the text with a space for every character that a terminal would act on instead of showing.

    >>> printable("a\x1b[31mb")
    'a [31mb'
    """
    return "".join(character if character.isprintable() else " " for character in text)


def say(sentence: str) -> None:
    """Write one line to stderr, whatever characters it holds; a stderr that is closed is no reason to fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.buffer.write(
            f"langcov: {printable(sentence)}\n".encode(sys.stderr.encoding or "utf-8", "backslashreplace")
        )
        sys.stderr.buffer.flush()
