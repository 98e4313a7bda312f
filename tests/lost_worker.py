"""A tokenizer that waits to be killed, once: so that a test can be certain to kill a worker in the middle of a task."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from langcov.tokenizers.load import TokenizerSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langcov.tokenizers.base import Encoded, Tokenizer


class WaitingTokenizer:
    """Another tokenizer, but whoever is first to encode with it writes its process' number to a file and waits."""

    def __init__(self, tokenizer: Tokenizer, file: str) -> None:
        self.tokenizer = tokenizer
        self.file = file

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the other one has)
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__dict__["tokenizer"], name)

    def encode_batch(self, texts: Sequence[str]) -> Encoded:
        file = Path(self.file)
        aside = file.with_name(f"{file.name}-{os.getpid()}")
        aside.write_text(str(os.getpid()), encoding="utf-8")
        try:
            os.link(aside, file)  # to one process only
        except FileExistsError:
            return self.tokenizer.encode_batch(texts)
        while True:
            time.sleep(1)


@dataclass(frozen=True)
class WaitingSource:
    """Where such a tokenizer comes from."""

    spec: str
    file: str

    def load(self) -> Tokenizer:
        return cast("Tokenizer", WaitingTokenizer(TokenizerSource(self.spec).load(), self.file))
