"""The command ``langcov``: runs it, and turns what goes wrong into one sentence and exit code 2."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line.

    Exit codes: 0 fine, 1 a threshold of ``--fail-if`` was crossed, 2 bad input or use, 130 interrupted.
    """
    from langcov.errors import LangcovError

    try:
        from langcov.cli import app

        app(prog_name="langcov")
    except LangcovError as error:
        _say(f"langcov: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("langcov: interrupted; nothing was written.")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; point stdout elsewhere so that Python's own flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _say(sentence: str) -> None:
    """One line on stderr, whatever characters it holds and whatever the terminal can show."""
    shown = "".join(character if character.isprintable() else " " for character in sentence)
    sys.stderr.buffer.write(f"{shown}\n".encode(sys.stderr.encoding or "utf-8", "backslashreplace"))
    sys.stderr.buffer.flush()


if __name__ == "__main__":
    main()
