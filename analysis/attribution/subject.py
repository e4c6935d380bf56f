"""One image before one network: checked, in eval mode for the while, and left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from senet_core.errors import InputError

_IN_PLACE = ("inplace", "in-place")
_NO_GRADIENT = ("does not require grad", "not have been used in the graph", "inference tensor")


class Subject:
    """A network, the image that it explains, and the class that it is asked about.

    Calling it gives logits (B, K) of images (B, C, H, W), and counts them.

    Attributes:
        model: the network, in eval mode.
        image: (1, C, H, W), a copy on the network's device and in its precision.
        target: the class.
        logit: the network's logit of it.
        passes: images that went through the network, since the beginning.
    """

    def __init__(self, model: nn.Module, image: Tensor, target: int | None) -> None:
        self.model = model
        self.passes = 0
        self.image = _placed(model, image)
        try:
            with torch.no_grad():
                logits = self(self.image)
        except InputError:
            raise
        except RuntimeError as error:
            said = str(error).splitlines()[0]
            shape = tuple(self.image.shape[1:])
            raise InputError(
                f"the network cannot take an image of shape {shape} ({said}); "
                "give it as its preprocessing does"
            ) from error
        if not logits.isfinite().all():
            raise InputError("the network's logits of this image are not finite; check the image")
        outputs = logits.shape[1]
        if target is not None and not 0 <= target < outputs:
            raise InputError(f"the network has no class {target}; choose from 0 to {outputs - 1}")
        self.target = int(logits.argmax()) if target is None else target
        self.logit = float(logits[0, self.target])

    def __call__(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to logits (B, K)."""
        self.passes += len(images)
        # A network that begins in place would overwrite what its gradient is asked for.
        logits = self.model(images.clone())
        if not isinstance(logits, Tensor) or logits.ndim != 2:
            shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise InputError(f"the network puts out {shape}, not logits (B, K) of a classifier")
        return logits


@contextmanager
def examined(model: nn.Module, image: Tensor, target: int | None) -> Iterator[Subject]:
    """A `Subject` for the time of the ``with``; after it every module is in the mode it was in.

    Neither ``requires_grad`` nor any ``.grad`` of the parameters is touched, and the caller may
    have switched gradients off. Hooks are set meanwhile, so one model serves one call at a time.

    Args:
        model: any classifier.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        target: a class; None means the one that the network predicts.

    Raises:
        InputError: for an image that the network cannot take, a class that it does not have, and
            a network without logits or without gradients.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with torch.inference_mode(False), torch.enable_grad(), _explained():
            yield Subject(model, image, target)
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _explained() -> Iterator[None]:
    """What autograd complains of, in a sentence."""
    try:
        yield
    except RuntimeError as error:
        said = str(error)
        if any(words in said for words in _IN_PLACE):
            raise InputError(
                "the network changes in place what its gradient needs, so it cannot be explained "
                "by gradients; set inplace=False in its layers, or use occlusion"
            ) from error
        if any(words in said for words in _NO_GRADIENT):
            raise InputError(
                "no gradient flows through the network from the class to what is explained; "
                "use occlusion"
            ) from error
        raise


def _placed(model: nn.Module, image: Tensor) -> Tensor:
    """(1, C, H, W): a copy where the network's parameters are."""
    batch = image[None] if image.ndim == 3 else image
    if batch.ndim != 4 or len(batch) != 1 or not batch.is_floating_point():
        raise InputError(
            f"one image (C, H, W) of floating-point numbers is explained at a time, not "
            f"{tuple(image.shape)} of {image.dtype}"
        )
    like = next(model.parameters(), batch)
    return batch.detach().to(like.device, like.dtype, copy=True)
