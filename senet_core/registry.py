"""Networks by name: one table over all families, and the configuration that rebuilds a network."""

import dataclasses
import difflib
from dataclasses import dataclass, field
from typing import Any, Self

from torch import nn

from senet_core.attention import SEConfig
from senet_core.errors import InputError
from senet_core.models import (
    inception,
    inception_resnet_v2,
    mobilenet,
    preact_resnet,
    resnet,
    shake_shake,
    shufflenet,
    vgg,
)
from senet_core.models.network import Spec

SPECS: dict[str, Spec] = {
    **resnet.SPECS,
    **vgg.SPECS,
    **inception.SPECS,
    **inception_resnet_v2.SPECS,
    **mobilenet.SPECS,
    **shufflenet.SPECS,
    **preact_resnet.SPECS,
    **shake_shake.SPECS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Everything that rebuilds a network of ours; each has its own as ``model.config``."""

    name: str
    num_classes: int = 1000
    in_chans: int = 3
    se: SEConfig | None = None
    options: dict[str, Any] = field(default_factory=dict)
    input_size: int = 224

    @classmethod
    def of(cls, model: nn.Module) -> Self:
        """The configuration of a network that `create_model` made; InputError on any other."""
        config = getattr(model, "config", None)
        if not isinstance(config, cls):
            raise InputError(
                f"{type(model).__name__} was not made by senet_core.create_model, "
                "so nothing here could rebuild it"
            )
        return config


def list_models() -> list[str]:
    """Every name that `create_model` knows: each baseline, then its SE form."""
    names: list[str] = []
    for name, spec in SPECS.items():
        names += [name] if spec.always_se else [name, f"se_{name}"]
    return names


def create_model(
    name: str,
    num_classes: int = 1000,
    in_chans: int = 3,
    se: SEConfig | None = None,
    **options: Any,
) -> nn.Module:
    """A network of the paper with fresh weights, drawn from torch's global generator.

    Args:
        name: one of `list_models`; ``se_`` in front asks for the SE form.
        num_classes: outputs of the classifier.
        in_chans: channels of the images.
        se: the block's configuration; None means the paper's where the name asks for SE.
        options: the family's own, such as ``stride_on``, ``pool`` and ``width`` of ResNets.

    Raises:
        InputError: for an unknown name or option, a configuration on a plain name, or one that
            makes no sense in that network.
    """
    base = name.removeprefix("se_")
    if name not in list_models():
        near = difflib.get_close_matches(name, list_models(), n=3)
        if near:
            raise InputError(f"unknown model {name!r}; did you mean {' or '.join(near)}?")
        raise InputError(f"unknown model {name!r}; see senet_core.list_models()")
    spec = SPECS[base]
    gated = name != base or spec.always_se
    if se is not None and not isinstance(se, SEConfig):
        raise InputError(f"se must be an SEConfig, such as SEConfig(reduction=16), not {se!r}")
    if se is not None and not gated:
        raise InputError(f"{name} has no SE block to configure; use se_{name}")
    if unknown := sorted(set(options) - set(spec.options)):
        choices = ", ".join(spec.options) or "none"
        raise InputError(f"unknown option {unknown[0]!r} of {name}; it takes {choices}")
    for what, number in (("num_classes", num_classes), ("in_chans", in_chans)):
        if not isinstance(number, int) or number < 1:
            raise InputError(f"{what} must be a whole number of at least 1, not {number!r}")
    spec = dataclasses.replace(spec, **options)
    se = (se or SEConfig()) if gated else None
    if se is not None:
        _check_fit(se, name, spec)
    model = spec.build(num_classes=num_classes, in_chans=in_chans, se=se)
    config = ModelConfig(
        name=name,
        num_classes=num_classes,
        in_chans=in_chans,
        se=se,
        options=dict(options),
        input_size=spec.input_size,
    )
    object.__setattr__(model, "config", config)  # not a tensor or a module: no part of its state
    return model


def _check_fit(se: SEConfig, name: str, spec: Spec) -> None:
    """Refuse a configuration that has no meaning in the network."""
    if se.placement not in spec.placements:
        raise InputError(
            f"placement {se.placement!r} has no meaning in the units of {name}; "
            f"choose from {', '.join(spec.placements)}"
        )
    if strangers := sorted(set(se.stages or ()) - set(spec.stages)):
        raise InputError(
            f"{name} has no stage {strangers[0]}; its stages are "
            f"{', '.join(str(stage) for stage in spec.stages)}"
        )
