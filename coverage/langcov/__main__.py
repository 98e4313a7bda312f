"""The command ``langcov``: runs it, and turns what goes wrong into one sentence and exit code 2."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
"""What a shell reports of a command that Ctrl-C ended."""


def main() -> None:
    """Run the command line and leave.

    Exit codes: 0 fine, 1 a threshold of ``--fail-if`` was crossed, 2 bad input or use, 130 interrupted.
    """
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    from langcov.errors import Interrupted, LangcovError
    from langcov.saying import say

    try:
        from typer import Abort
        from typer.exceptions import TyperException
        from typer.main import get_command

        from langcov.cli import app

        try:
            code = get_command(app).main(arguments, prog_name="langcov", standalone_mode=False)
            sys.stdout.flush()
        except Interrupted as interrupted:
            say(f"interrupted; {interrupted}")
            return INTERRUPTED
        except (Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except TyperException as error:
            error.show()  # type: ignore[attr-defined]  # every subclass that typer raises has it
            return 2
        except SystemExit:  # typer's and rich's way of saying that nobody reads our output any more
            raise BrokenPipeError from None
        if code == INTERRUPTED:
            say("interrupted; nothing was written.")
        return code if isinstance(code, int) else 0
    except LangcovError as error:
        say(str(error))
    except BrokenPipeError:
        # Whoever read our output has seen enough; point stdout elsewhere so that Python's own flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        say(
            f"can't write the output ({(error.strerror or str(error)).lower()}); free some space or write elsewhere."
        )
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 2


if __name__ == "__main__":
    main()
