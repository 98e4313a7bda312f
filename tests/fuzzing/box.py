"""A folder to run cases in: what may be written, what must stay as it is, and who wrote elsewhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

_REMOVING = {
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.utime",
    "shutil.rmtree",
}
_MOVING = {"os.rename", "os.link", "os.symlink", "shutil.move", "shutil.copyfile"}
_LEAVING = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Box:
    """One child's place.

    ``work`` is the working folder: it holds sentinels and the folder of the case. Caches, temporary files and run folders
    may be written, nothing else.
    """

    root: Path
    touched: list[str] = field(default_factory=list)
    watching: bool = False

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def case(self) -> Path:
        return self.work / "case"

    def make(self, toy: bytes) -> None:
        """Make folders and sentinels."""
        for name in ("cache", "tmp", "home", "work/sentinels/folder"):
            (self.root / name).mkdir(parents=True)
        for name in (
            "home/sentinel.txt",
            "work/sentinel.txt",
            "work/sentinels/yor_Latn.txt",
            "work/sentinels/folder/x.json",
        ):
            (self.root / name).write_text("A lọ sí ọjà.\n", encoding="utf-8")
        (self.work / "toy.tokenizer.json").write_bytes(toy)

    def settle(self) -> None:
        """Make this process live here."""
        for variable, name in (
            ("HOME", "home"),
            ("LANGCOV_CACHE", "cache"),
            ("HF_HOME", "cache"),
            ("TMPDIR", "tmp"),
        ):
            os.environ[variable] = str(self.root / name)
        os.environ["HF_HUB_OFFLINE"] = "1"
        # Of an address in an object store, credentials would be asked for at the cloud's own machine.
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        os.environ["NO_GCE_CHECK"] = "true"
        os.chdir(self.work)
        sys.addaudithook(self._heed)

    def clear(self) -> None:
        """Empty the folder of the case."""
        shutil.rmtree(self.case, ignore_errors=True)
        self.case.mkdir()

    def listing(self) -> dict[str, tuple[int, int, int, str]]:
        """Return mode, size, time of change and content of everything that must stay as it is."""
        found = {}
        for place, folders, names in os.walk(self.root):
            folders[:] = [each for each in folders if not self._is_free(os.path.join(place, each))]  # noqa: PTH118 (bytes-odd names)
            for name in (*folders, *names):
                path = os.path.join(place, name)  # noqa: PTH118
                about = os.lstat(path)
                is_file = os.path.isfile(path) and not os.path.islink(path)  # noqa: PTH113, PTH114
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest() if is_file else ""
                changed = about.st_mtime_ns if is_file else 0
                found[path] = about.st_mode, about.st_size if is_file else 0, changed, content
        return found

    def _heed(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.watching:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes) and isinstance(flags, int) and flags & _WRITING:
                self._note(event, path)
        elif event in _REMOVING:
            self._note(event, arguments[0], -1 if event == "os.truncate" else arguments[-1])
        elif event in _MOVING:
            self._note(event, arguments[0] if event != "os.symlink" else arguments[1])
            self._note(event, arguments[1])
        elif event in _LEAVING:
            self.touched.append(f"{event} {arguments!r:.200}")

    def _note(self, event: str, path: object, folder: object = -1) -> None:
        """Note what is touched; ``folder`` is an open one that the path is in, or -1."""
        if isinstance(path, str | bytes | os.PathLike):
            within = os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) and folder >= 0 else ""  # noqa: PTH115 (no file of this system's disks)
            real = os.path.realpath(os.path.join(within, os.fsdecode(path)))  # noqa: PTH118
            if not self._is_free(real):
                self.touched.append(f"{event} {real}")

    def _is_free(self, path: str) -> bool:
        """Whether a path may be written."""
        free = (
            self.root / "cache",
            self.root / "tmp",
            self.case / "out",
            self.case / "run",
            Path("/dev/null"),
        )
        return any(path == str(each) or path.startswith(f"{each}{os.sep}") for each in free)
