"""What a run says of itself: a live bar on a terminal, a plain line an epoch, memory in use."""

import sys
from typing import Any

import torch
from tqdm import tqdm


def bar(title: str, *, images: int, done: int, shown: bool) -> Any:
    """A bar over an epoch's images on a terminal: rate and time left; silent elsewhere."""
    return tqdm(
        total=images,
        initial=done,
        desc=title,
        unit="img",
        leave=False,
        disable=not shown or not sys.stderr.isatty(),
        dynamic_ncols=True,
    )


def say(line: str) -> None:
    """A line on standard error, above the bar."""
    tqdm.write(line, file=sys.stderr)


def epoch_line(row: dict[str, float], epochs: int) -> str:
    """An epoch's metrics in words, with the time that the run still takes at this rate."""
    left = row["seconds"] * (epochs - row["epoch"])
    held_out = f"held-out accuracy {row['val_accuracy']:.2%}  " if "val_accuracy" in row else ""
    return (
        f"epoch {row['epoch']:.0f}/{epochs}  train loss {row['train_loss']:.4f}  "
        f"accuracy {row['train_accuracy']:.2%}  {held_out}"
        f"{row['images_per_second']:.0f} images/s  {tqdm.format_interval(left)} left"
    )


def memory_mib(device: torch.device) -> dict[str, float]:
    """``memory_mib``, the most that was in use so far: on the GPU, or else by this process."""
    if device.type == "cuda":
        return {"memory_mib": torch.cuda.max_memory_allocated(device) / 2**20}
    try:
        import resource  # noqa: PLC0415  # Windows has none
    except ImportError:
        return {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"memory_mib": peak / (2**20 if sys.platform == "darwin" else 2**10)}
