"""Where to compute."""

import torch

from senet_core.errors import InputError


def choose_device(name: str) -> torch.device:
    """``auto`` is cuda where there is one; InputError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"there is no device {name!r} here; use --device cpu") from error
    return device
