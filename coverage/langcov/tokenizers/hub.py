"""Tokenizers of the Hugging Face hub: only the files that define them are downloaded."""

from __future__ import annotations

from pathlib import Path

from langcov.errors import TokenizerError

FILES = (
    "tokenizer.json",
    "tekken.json",
    "*.model",
    "*.tiktoken",
    "tokenizer_config.json",
    "config.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
)
"""Names of the files that may define a tokenizer. No weights, and no code: none of the repository's own is run."""


def fetch(repository: str) -> Path:
    """Download a repository's tokenizer, or find it in the hub's cache, and return its folder.

    Args:
        repository: ``org/name``, or ``org/name@revision``.

    Raises:
        TokenizerError: There is no such repository, it asks for a login, or the hub can't be reached.
    """
    from huggingface_hub import errors, snapshot_download

    name, _, revision = repository.partition("@")
    where = f"hf:{repository}"
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(FILES)))
    except errors.HFValidationError:
        raise TokenizerError(
            "this is no hub id", where=where, fix="write hf:org/name or hf:org/name@revision"
        ) from None
    except errors.GatedRepoError as error:
        raise TokenizerError(
            "its owners ask for a login and their leave",
            where=where,
            fix="ask on its page, then run: hf auth login",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise TokenizerError(
            "the hub has no such repository, or you may not see it", where=where, fix="check the name"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise TokenizerError(
            f"it has no revision {revision!r}", where=where, fix="check the revision"
        ) from error
    except (errors.HfHubHTTPError, OSError) as error:
        raise TokenizerError(
            "the hub can't be reached, and this tokenizer is not in its cache",
            where=where,
            fix="check the connection, or give the path of a downloaded tokenizer.json",
        ) from error
