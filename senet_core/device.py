"""Where to compute."""

from typing import Literal

import torch

from senet_core.errors import InputError

Precision = Literal["bf16", "fp16", "none"]


def choose_device(name: str) -> torch.device:
    """``auto`` is cuda where there is one; InputError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # "meta" makes tensors and has no values
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"there is no device {name!r} here; use --device cpu") from error
    return device


def fast_precision(device: torch.device) -> Precision:
    """The autocast that makes training on ``device`` faster: bf16 where it computes in that.

    Where it does not, a CPU takes longer for bf16 than for float32, up to seventeen times as long
    (SE-ResNet-50 with AVX2), and a GPU has fp16.
    """
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if device.type == "cpu" and _cpu_has_bf16() else "none"


def _cpu_has_bf16() -> bool:
    """Whether oneDNN, which torch computes with on CPUs, has kernels in bf16 for this one."""
    there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return there and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
