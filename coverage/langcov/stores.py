"""Object stores: how their addresses are told from paths, how they are reached, and what is said when they can't be.

An address is ``s3://bucket/key``, ``gs://bucket/key`` or ``az://container/key``. fsspec reaches them; credentials, regions
and endpoints are what each store's own library finds in its usual environment variables and files (``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_ENDPOINT_URL``, ``GOOGLE_APPLICATION_CREDENTIALS``, ``AZURE_STORAGE_ACCOUNT_NAME`` ...).
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from langcov.errors import LangcovError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Fault = TypeVar("Fault", bound=LangcovError)

PACKAGES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}
"""Scheme of an address -> the package that reaches such stores, all brought by the extra ``stores``."""

VARIABLES = {
    "s3fs": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gcsfs": "GOOGLE_APPLICATION_CREDENTIALS",
    "adlfs": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
"""Package -> where its stores' credentials are most often said."""

CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
ATTEMPTS = 3
"""So often is a request made before a store counts as out of reach; more would be minutes of silence."""

CREDENTIAL_SECONDS = 600
"""So long does polars keep credentials; those of a role are renewed earlier than they end, by more than this."""

_SPEAKERS = frozenset(
    "adlfs aiobotocore aiohttp azure botocore fsspec gcsfs google polars requests s3fs urllib3".split()  # noqa: SIM905 - shorter
)
"""Packages whose exceptions tell of a store; those of S3, Google and Azure have no class in common."""


def is_address(place: str | Path) -> bool:
    """Whether this is the address of something in an object store, not a path.

    >>> is_address("s3://bucket/texts"), is_address("texts/yor_Latn.txt")
    (True, False)
    """
    return "://" in str(place)


def mended(place: str | Path) -> str:
    """Return an address as it was typed if a `Path` swallowed one of its slashes, anything else as it is.

    >>> mended("s3:/bucket/texts"), mended("texts/a")
    ('s3://bucket/texts', 'texts/a')
    """
    text = os.fspath(place)
    found = re.match(rf"({'|'.join(PACKAGES)}):/(?!/)", text)
    return f"{found[1]}://{text[found.end() :]}" if found else text


def connect(address: str, error: type[LangcovError]) -> tuple[Any, str]:
    """Return the fsspec file system of an address, and the bucket and key in it.

    Args:
        address: Any address of the store.
        error: What is raised, by the kind of thing that lies there.

    Raises:
        LangcovError: ``error``, if the address is of no known kind or the package for it is missing.
    """
    scheme, _, key = address.partition("://")
    package = PACKAGES.get(scheme)
    if package is None:
        raise error(
            f"addresses that begin with {scheme}:// can't be used",
            where=address,
            fix="use s3://, gs:// or az://, or a folder of this machine",
        )
    if not key.strip("/"):
        raise error("no bucket is named", where=address, fix=f"write {scheme}://BUCKET/NAME")
    try:
        import fsspec

        with store_errors(address, error):
            system = fsspec.filesystem(scheme, use_listings_cache=False, **_options(scheme))
    except ImportError:
        raise error(
            f"object stores need a package that is not installed ({package})",
            where=address,
            fix="run: pip install 'langcov[stores]'",
        ) from None
    if scheme == "s3":
        system.retries = 2  # on top of ATTEMPTS, for what breaks off in the middle of an answer
    return system, key


def polars_access(address: str, error: type[LangcovError]) -> dict[str, Any]:
    """Return the arguments by which polars' scans reach an address as `connect` does, with the same credentials.

    Raises:
        LangcovError: As `connect`.
    """
    system, _ = connect(address, error)
    options: dict[str, Any] = {"max_retries": ATTEMPTS - 1}
    if PACKAGES[address.partition("://")[0]] == "adlfs":
        return {"storage_options": options | _azure_account(system)}
    if not address.startswith("s3://"):
        return {"storage_options": options}
    with store_errors(address, error):
        system.connect()
    found = system.s3.meta
    if not found.endpoint_url.endswith(".amazonaws.com"):
        options["aws_endpoint_url"] = found.endpoint_url
    if "AWS_REGION" in os.environ or "AWS_DEFAULT_REGION" in os.environ or "aws_endpoint_url" in options:
        options["aws_region"] = found.region_name
    if str(system.anon).lower() in {"true", "1"}:
        return {"storage_options": {**options, "aws_skip_signature": "true"}}
    return {"storage_options": options, "credential_provider": _aws_credentials}


@contextmanager
def store_errors(address: str, error: type[LangcovError]) -> Iterator[None]:
    """Turn what a store or its library complains of into one sentence.

    Raises:
        LangcovError: ``error``, with the address and what can be done.
    """
    try:
        yield
    except LangcovError:
        raise
    except Exception as complaint:
        if not (
            isinstance(complaint, OSError | ValueError)
            or {each.__module__.partition(".")[0] for each in type(complaint).__mro__} & _SPEAKERS
        ):
            raise
        raise store_error(complaint, address, error) from complaint


def store_error(complaint: Exception, address: str, error: type[Fault]) -> Fault:
    """Return one sentence for what a store or its library complains of."""
    what, fix = _meaning(complaint)
    package = PACKAGES.get(address.partition("://")[0], "s3fs")
    return error(what, where=address, fix=fix.replace("{variables}", VARIABLES[package]))


def is_missing_bucket(complaint: Exception) -> bool:
    """Whether a store says that there is no bucket of that name."""
    plain = str(complaint).lower()
    return any(
        word in plain for word in ("bucket does not exist", "nosuchbucket", "container does not exist")
    )


def _aws_credentials() -> tuple[dict[str, str], int]:
    """Return the credentials that s3fs finds, and when to ask again, in seconds since 1970."""
    import botocore.session

    found = botocore.session.get_session().get_credentials()
    if found is None:
        raise PermissionError("no credentials were found")
    keys = found.get_frozen_credentials()
    named = {
        "aws_access_key_id": keys.access_key,
        "aws_secret_access_key": keys.secret_key,
        "aws_session_token": keys.token,
    }
    return {name: value for name, value in named.items() if value}, int(time.time()) + CREDENTIAL_SECONDS


def _azure_account(system: Any) -> dict[str, str]:  # noqa: ANN401 - adlfs has no types
    """Return the account that adlfs found; polars knows no connection strings."""
    parts = (system.connection_string or "").split(";")
    said = dict(part.split("=", 1) for part in parts if "=" in part)
    endpoint = said.get("BlobEndpoint", "").rstrip("/")
    found = {
        "azure_storage_account_name": system.account_name or said.get("AccountName"),
        "azure_storage_account_key": system.account_key or said.get("AccountKey"),
        "azure_storage_sas_token": system.sas_token or said.get("SharedAccessSignature"),
        "azure_endpoint": endpoint,
        "azure_allow_http": "true" if endpoint.startswith("http://") else None,
    }
    return {name: value for name, value in found.items() if value}


def _options(scheme: str) -> dict[str, Any]:
    if scheme != "s3":
        return {}
    return {
        "endpoint_url": _endpoint(),
        "config_kwargs": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
        },
    }


def _endpoint() -> str | None:
    """Return the endpoint that the environment names; told outright, for file systems are kept by their options."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


class _Meaning(NamedTuple):
    """What a complaint means: told by the names of its classes first, then by words of what it says."""

    kinds: tuple[str, ...]
    words: tuple[str, ...]
    what: str
    fix: str


_MEANINGS = (
    _Meaning((), ("no space left on",), "the disk of this machine is full", "free some space"),
    _Meaning(
        ("FileExpired",),
        ("precondition",),
        "it was changed while it was read",
        "put it back as it was, or count anew",
    ),
    _Meaning(
        (),
        ("bucket does not exist", "nosuchbucket", "container does not exist"),
        "there is no such bucket",
        "check how it is spelled, and the endpoint",
    ),
    _Meaning(
        ("FileNotFoundError",),
        ("not found", "nosuchkey"),
        "there is no such object",
        "check how it is spelled",
    ),
    _Meaning(
        ("NoCredentialsError", "PartialCredentialsError"),
        ("credential", "account_name"),
        "no credentials for this store were found",
        "set them as its own tools expect them: {variables}",
    ),
    _Meaning(
        ("PermissionError",),
        ("forbidden", "access denied", "accessdenied", "unauthorized", "invalidaccess"),
        "the store denies access",
        "check the credentials, and what they permit",
    ),
    _Meaning(
        ("ConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "TimeoutError", "HTTPClientError"),
        ("connect", "timeout", "timed out", "dns", "resolve"),
        "the store can't be reached",
        "check the network and the endpoint (AWS_ENDPOINT_URL for S3)",
    ),
)
"""The first that fits counts."""


def _meaning(complaint: Exception) -> tuple[str, str]:
    """Return what a complaint means and what can be done."""
    said = " ".join(str(complaint).split())
    kinds = {each.__name__ for each in type(complaint).__mro__}
    if is_missing_bucket(complaint):
        kinds = set()  # it is said of a file that is not found
    by_kind = (each for each in _MEANINGS if kinds & set(each.kinds))
    by_word = (each for each in _MEANINGS if any(word in said.lower() for word in each.words))
    for found in (*by_kind, *by_word):
        return found.what, found.fix
    return (
        f"the store gives an error ({said[:160] or type(complaint).__name__})",
        "try again, or copy the files to a folder",
    )
