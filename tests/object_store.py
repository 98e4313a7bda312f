"""An object store on this machine, for tests: moto's, which answers as Amazon's S3 does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import fsspec
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "texts"


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """Give what the environment has to say so that the store is found; it ends with the block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": host,
        }
    finally:
        server.stop()


def with_bucket() -> fsspec.AbstractFileSystem:
    """Reach the store that the environment names; its bucket is made if it is not there."""
    system = fsspec.filesystem("s3", use_listings_cache=False)
    system.makedirs(BUCKET, exist_ok=True)
    return system


def uploaded(folder: Path, prefix: str) -> str:
    """Put a folder's files into the bucket; return their address."""
    system = with_bucket()
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe_file(f"{BUCKET}/{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"s3://{BUCKET}/{prefix}"
