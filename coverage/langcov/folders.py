"""A run's folder (local stand-in until stores are merged)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Folder:
    """Files by name."""

    address: str

    @classmethod
    def at(cls, place: str | Path) -> Folder:
        """Open a folder."""
        return cls(str(place))

    def put(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        path = Path(self.address, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}-{os.getpid()}")
        aside.write_bytes(data)
        aside.replace(path)

    def get(self, name: str) -> bytes:
        """Read a file."""
        return Path(self.address, name).read_bytes()

    def fetch(self, name: str, to: Path) -> Path:  # noqa: ARG002
        """Return a local copy."""
        return Path(self.address, name)

    def names(self, prefix: str = "") -> list[str]:
        """List files."""
        root = Path(self.address)
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return sorted(name for name in found if name.startswith(prefix))

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            Path(self.address, name).unlink(missing_ok=True)
