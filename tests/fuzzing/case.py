"""One input of the fuzz target, and how it is laid out on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Case:
    """Files, and what is asked of langcov about them.

    Attributes:
        target: A function of `fuzzing.targets`.
        made: How it was made, for people.
        files: Name below the case's folder -> content.
        links: Name below the case's folder -> where it points.
        arguments: Of the target. ``{here}`` in a string becomes the case's folder.
    """

    target: str
    made: str
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    links: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def lay_out(self, folder: Path) -> None:
        """Write the files and links; a name that this file system refuses is left out.

        ``{here}`` in a TOML file becomes the case's folder.
        """
        for name, content in self.files.items():
            path = folder / name
            if name.endswith(".toml"):
                content = content.replace(b"{here}", os.fsencode(folder))  # noqa: PLW2901 (it is the content)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except (OSError, ValueError):
                continue
        for name, aim in self.links.items():
            (folder / name).symlink_to(aim)

    def arguments_in(self, folder: Path) -> dict[str, Any]:
        """Return the arguments with the case's folder put in."""
        return {key: _put_in(each, str(folder)) for key, each in self.arguments.items()}


def _put_in(thing: Any, folder: str) -> Any:  # noqa: ANN401 (an argument is anything)
    if isinstance(thing, str):
        return thing.replace("{here}", folder)
    if isinstance(thing, list):
        return [_put_in(each, folder) for each in thing]
    return thing
