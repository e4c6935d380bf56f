"""Where Fashion-MNIST can be had: the disk, the system's copy, a mirror, Debian's package."""

import gzip
import shutil
import subprocess
import tempfile
import urllib.error
from pathlib import Path

from torchvision.datasets import FashionMNIST

from senet_core.errors import InputError

SYSTEM_COPY = Path("/usr/share/datasets/fashion-mnist")
PACKAGE = "dataset-fashion-mnist"
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_SECONDS = 120


def fetch(data_dir: Path) -> None:
    """Make ``data_dir/FashionMNIST/raw`` hold the four files, from the first place that has them.

    Raises:
        InputError: naming what was tried and where to put the files by hand.
    """
    raw = data_dir / "FashionMNIST" / "raw"
    if all((raw / name).is_file() for name in FILES):
        return
    tried = []
    for source in (_from_system, _from_mirror, _from_package):
        refusal = source(data_dir, raw)
        if refusal is None:
            return
        tried.append(refusal)
    raise InputError(
        f"Fashion-MNIST could not be had ({'; '.join(tried)}); put its four unpacked files, "
        f"{FILES[0]} and so on, into {raw}"
    )


def _from_system(data_dir: Path, raw: Path) -> str | None:
    if not all((SYSTEM_COPY / f"{name}.gz").is_file() for name in FILES):
        return f"{SYSTEM_COPY} does not have it"
    _unpack(SYSTEM_COPY, raw)
    return None


def _from_mirror(data_dir: Path, raw: Path) -> str | None:
    try:
        FashionMNIST(data_dir, download=True)
    except (RuntimeError, OSError, urllib.error.URLError) as error:
        return f"torchvision's download failed: {str(error).splitlines()[0]}"
    return None


def _from_package(data_dir: Path, raw: Path) -> str | None:
    """Download Debian's package and unpack it; neither step needs root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return "this system has no Debian packages"
    with tempfile.TemporaryDirectory() as folder:
        try:
            _call("apt-get", "download", PACKAGE, folder=folder)
            package = next(Path(folder).glob("*.deb"))
            _call("dpkg-deb", "-x", str(package), "unpacked", folder=folder)
        except (subprocess.SubprocessError, OSError, StopIteration):
            return f"`apt-get download {PACKAGE}` failed"
        _unpack(Path(folder, "unpacked", *SYSTEM_COPY.parts[1:]), raw)
    return None


def _call(*command: str, folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_SECONDS)


def _unpack(source: Path, raw: Path) -> None:
    """Unpacked, because Debian's ``.gz`` files differ from the ones whose checksums are known."""
    raw.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        partial = raw / f".{name}.partial"
        with gzip.open(source / f"{name}.gz") as packed, partial.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        partial.replace(raw / name)
