"""One image with gates of one's own choice: what the dashboard asks for while a gate is dragged."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy import special
from torch import Tensor, nn

from analysis.intervene.changes import set_to
from analysis.intervene.hooks import changed_gates, intervene
from analysis.naming import Gate
from senet_core.errors import InputError


def top_k_with_gates(
    model: nn.Module,
    image: Tensor | npt.NDArray[np.float32],
    gates: Mapping[str, npt.ArrayLike],
    *,
    classes: Sequence[str] = (),
    k: int = 5,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The most probable classes of one image, with the network's own gates and with others.

    Args:
        model: a network with gates, in eval mode.
        image: (C, H, W), prepared as the network takes it.
        gates: path to the gates (C,) that are used instead of the block's own; blocks that are
            not named, and those further down, compute theirs.
        classes: the names of the network's outputs; their numbers where there are none.
        k: how many.

    Returns:
        ``(before, after)``, each as `analysis.compare.top_k` gives it: ``label``, ``class`` and
        ``probability``, the most probable first.

    Raises:
        InputError: where the network is in training mode or has no such gate, or gates do not fit.
    """
    if model.training:
        raise InputError("the network is in training mode; call its eval() first")
    changes = {path: set_to(values) for path, values in gates.items()}
    with torch.inference_mode():
        like = next(model.parameters())
        batch = torch.as_tensor(image)[None].to(like.device, like.dtype)
        before = model(batch)
        with intervene(model, changes):
            after = model(batch)
    return _top_k(before[0], classes, k), _top_k(after[0], classes, k)


def logits_with_gates(
    model: nn.Module,
    known: Mapping[str, Gate],
    image: Tensor,
    gates: Mapping[str, npt.ArrayLike],
) -> npt.NDArray[np.float32]:
    """(K,): the logits of one image with other gates; one pass, while a gate is dragged.

    Args:
        model: a network with gates, in eval mode.
        known: its gates, of `find_gates`, which takes longer than the pass.
        image: (C, H, W), prepared as the network takes it.
        gates: as `top_k_with_gates` takes them.

    Raises:
        InputError: where the network is in training mode or has no such gate, or gates do not fit.
    """
    if model.training:
        raise InputError("the network is in training mode; call its eval() first")
    like = next(model.parameters())
    changes = {path: set_to(values) for path, values in gates.items()}
    with torch.inference_mode(), changed_gates(model, known, changes):
        logits = model(image[None].to(like.device, like.dtype))
    return np.asarray(logits[0].float().cpu())


def _top_k(logits: Tensor, classes: Sequence[str], k: int) -> pd.DataFrame:
    probability = special.softmax(logits.double().cpu().numpy())
    order = np.argsort(-probability, kind="stable")[:k]
    names = np.array(classes or [str(i) for i in range(len(logits))], object)
    return pd.DataFrame({"label": order, "class": names[order], "probability": probability[order]})
