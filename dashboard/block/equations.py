"""The equations of the block in LaTeX, with the numbers of one image and channel in them."""

from analysis.steps import Excitation, Squeeze, Steps, by_channel

_FUNCTIONS: dict[Excitation, str] = {
    "sigmoid": r"\sigma",
    "hardsigmoid": r"\sigma_{\mathrm{hard}}",
    "tanh": r"\tanh",
    "relu": r"\delta",
    "": "f",
}
_SQUEEZES: dict[Squeeze, str] = {"max": r"\max_{i,j}\,", "": r"F_{sq}\,"}


def maps(steps: Steps) -> str:
    """What U is: C maps of H by W."""
    if steps.maps is None:
        return rf"U,\ C={steps.gate.channels}"
    channels, height, width = steps.maps.shape
    return rf"U\in\mathbb{{R}}^{{{channels}\times{height}\times{width}}}"


def squeeze(steps: Steps, channel: int) -> str:
    """Equation 2 for one channel."""
    assert steps.squeezed is not None
    pooled = _SQUEEZES.get(steps.squeeze, "")
    if steps.squeeze == "avg" and steps.maps is not None:
        height, width = steps.maps.shape[1:]
        pooled = rf"\tfrac{{1}}{{{height}\cdot{width}}}\sum_{{i,j}}"
    u = rf"u_{{{channel}}}(i,j)"
    return rf"z_{{{channel}}}={pooled}{u}={steps.squeezed[channel]:.3f}"


def hidden(steps: Steps) -> str:
    """The first layer of equation 3."""
    assert steps.hidden is not None
    bias = "+b_1" if steps.bias else ""
    z = "u(i,j)" if steps.squeeze == "none" else "z"
    shape = rf"\mathbb{{R}}^{{{len(steps.hidden)}\times{steps.gate.channels}}}"
    return rf"h=\delta(W_1{z}{bias}),\ W_1\in{shape}"


def excitation(steps: Steps, channel: int) -> str:
    """The second layer of equation 3 for one channel."""
    function = _FUNCTIONS[steps.excitation]
    value = steps.channel_gates[channel]
    if steps.gates.ndim == 3:
        return rf"s_{{{channel}}}(i,j),\ \overline{{s}}_{{{channel}}}={value:.3f}"
    h = "h" if steps.hidden is not None else "z"
    bias = rf"+b_{{{channel}}}" if steps.bias else ""
    inner = rf"w_{{{channel}}}^{{\top}}{h}{bias}"
    if steps.scores is None:
        return rf"s_{{{channel}}}={function}({inner})={value:.3f}"
    score = by_channel(steps.scores)[channel]
    return rf"s_{{{channel}}}={function}({inner})={function}({score:.2f})={value:.3f}"


def scaling(steps: Steps, channel: int) -> str:
    """Equation 4 for one channel."""
    return rf"\tilde{{x}}_{{{channel}}}={_factor(steps, channel)}\,u_{{{channel}}}"


def difference(steps: Steps, channel: int) -> str:
    """What the block took away or added."""
    return rf"({_factor(steps, channel)}-1)\,u_{{{channel}}}"


def _factor(steps: Steps, channel: int) -> str:
    if steps.gates.ndim == 3:
        return rf"s_{{{channel}}}(i,j)"
    return f"{steps.gates[channel]:.3f}"
