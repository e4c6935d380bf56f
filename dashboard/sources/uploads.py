"""Checkpoints that users send: kept under the runs' folder, few and not too large.

Nothing of them is run or unpickled: a ``.pth`` file is read as weights alone, by the process that
collects from it.
"""

import hashlib
import re
from pathlib import Path
from typing import Protocol

from dashboard.shell.settings import Settings
from dashboard.sources.served import WEIGHTS
from senet_core.checkpoint import NoMetadata, read_metadata, replacing
from senet_core.errors import InputError

FOLDER = "uploads"
MOST_BYTES = 128 * 1024**2
"""Enough for an SE-ResNet-50; `.streamlit/config.toml` lets no more through either."""
MOST_FILES = 8
_STARTS = {".pth": (b"PK\x03\x04", b"\x80"), ".pt": (b"PK\x03\x04", b"\x80")}


class Upload(Protocol):
    """What `st.file_uploader` gives."""

    name: str

    def getbuffer(self) -> memoryview:
        """The content."""


def kept(settings: Settings) -> list[Path]:
    """The files that are kept, by name."""
    folder = settings.runs / FOLDER
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(file for file in files if file.suffix in WEIGHTS)


def keep(upload: Upload, settings: Settings) -> Path:
    """Keep a file that was sent, under its own name and a part of its digest.

    Raises:
        InputError: where nothing is kept, where it is too large or one too many, or where it is
            no file of weights.
    """
    if settings.read_only:
        raise InputError("this dashboard is read-only and keeps nothing; collect on a command line")
    content = upload.getbuffer()
    ending = Path(upload.name).suffix.lower()
    _require_weights(content, ending)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(upload.name).stem).strip("-.")[:60] or "weights"
    digest = hashlib.sha256(content).hexdigest()[:8]
    file = settings.runs / FOLDER / f"{stem}-{digest}{ending}"
    others = [path for path in kept(settings) if path != file]
    if len(others) >= MOST_FILES:
        raise InputError(f"{MOST_FILES} uploads are kept already; remove one of them first")
    with replacing(file) as temporary:
        temporary.write_bytes(content)
        if ending == ".safetensors":
            _require_intact(temporary, upload.name)
    return file


def remove(file: Path, settings: Settings) -> None:
    """Remove a file that `keep` wrote; any other stays."""
    if not settings.read_only and file in kept(settings):
        file.unlink(missing_ok=True)


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


def _require_intact(file: Path, called: str) -> None:
    """Refuse a damaged file; one that does not name its network is as good as any."""
    try:
        read_metadata(file)
    except NoMetadata:
        pass
    except InputError as fault:
        raise InputError(str(fault).replace(str(file), called)) from None
