"""Checkpoints that users send: kept under the runs' folder, few, not too large and not for ever.

Nothing of them is run or unpickled here: what the pickles of a ``.pth`` file would do is read, and
the process that collects from it reads it as weights alone.
"""

import hashlib
import re
import time
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from analysis.folders import is_inside, require_inside
from dashboard.shell.settings import Settings
from dashboard.sources.served import WEIGHTS
from senet_core.checkpoint import NoMetadata, read_metadata, replacing
from senet_core.convert.pickles import opened
from senet_core.errors import InputError, told, writing

FOLDER = "uploads"
MOST_BYTES = 128 * 1024**2
"""Enough for an SE-ResNet-50; `.streamlit/config.toml` lets no more through either."""
MOST_FILES = 8
MOST_DAYS = 30
"""That a file is kept which no job and no store uses."""
_STARTS = {".pth": (b"PK\x03\x04", b"\x80"), ".pt": (b"PK\x03\x04", b"\x80")}


class Upload(Protocol):
    """What `st.file_uploader` gives."""

    name: str

    def getbuffer(self) -> memoryview:
        """The content."""


def kept(settings: Settings) -> list[Path]:
    """The files that are kept, by name."""
    folder = settings.runs / FOLDER
    there = folder.is_dir() and is_inside(folder, settings.runs)
    files = folder.iterdir() if there else ()
    return sorted(file for file in files if file.suffix in WEIGHTS)


def keep(upload: Upload, settings: Settings) -> Path:
    """Keep a file that was sent, under its own name and a part of its digest.

    Raises:
        InputError: where nothing is kept, where it is too large or one too many, where it is no
            file of weights, where the disk is full, or where the folder leads out of the runs'.
    """
    if settings.read_only:
        raise InputError("this dashboard is read-only and keeps nothing; collect on a command line")
    require_inside(settings.runs / FOLDER, settings.runs)
    content = upload.getbuffer()
    ending = Path(upload.name).suffix.lower()
    _require_weights(content, ending)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(upload.name).stem).strip("-.")[:60] or "weights"
    digest = hashlib.sha256(content).hexdigest()[:8]
    file = settings.runs / FOLDER / f"{stem}-{digest}{ending}"
    others = [path for path in kept(settings) if path != file]
    if len(others) >= MOST_FILES:
        raise InputError(f"{MOST_FILES} uploads are kept already; remove one of them first")
    again, instead = told("send it again"), told("let the dashboard write there")
    with writing(file, otherwise=instead, again=again), replacing(file) as temporary:
        temporary.write_bytes(content)
        _require_intact(temporary, ending, called=upload.name)
    return file


def remove(file: Path, settings: Settings) -> None:
    """Remove a file that `keep` wrote; any other stays."""
    if not settings.read_only and file in kept(settings):
        file.unlink(missing_ok=True)


def remove_old(settings: Settings, used: Collection[str]) -> None:
    """Remove what was sent more than `MOST_DAYS` ago, but for the names in ``used``."""
    oldest = time.time() - MOST_DAYS * 86_400
    for file in kept(settings):
        if file.name not in used and file.lstat().st_mtime < oldest:
            remove(file, settings)


def _require_weights(content: memoryview, ending: str) -> None:
    if ending not in WEIGHTS:
        raise InputError(f"a file of weights ends in {', '.join(WEIGHTS)}; send one of those")
    if len(content) > MOST_BYTES:
        raise InputError(
            f"the file has {len(content) // 1024**2} MB, more than the {MOST_BYTES // 1024**2} MB "
            "that can be sent; put it under the runs' folder instead"
        )
    starts = _STARTS.get(ending)
    if starts and not bytes(content[:8]).startswith(starts):
        raise InputError("the file is not what torch.save writes; send a network's state_dict")


def _require_intact(file: Path, ending: str, *, called: str) -> None:
    """Refuse a damaged or hostile file; one that does not name its network is as good as any."""
    try:
        if ending == ".safetensors":
            read_metadata(file)
        else:
            opened(file).close()
    except NoMetadata:
        pass
    except InputError as fault:
        raise InputError(str(fault).replace(str(file), called)) from None
