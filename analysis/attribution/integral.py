"""Integrated Gradients with as many steps as it takes."""

from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from analysis.attribution.result import Completeness

Forward = Callable[[Tensor], Tensor]

FIRST_STEPS = 32

_ULPS = 8
"""Units in the last place by which the logits of a deep network are uncertain."""


def integrate(
    forward: Forward, point: Tensor, baseline: Tensor, target: int, *, most_steps: int, batch: int
) -> tuple[Tensor, Completeness]:
    """(x - x')_i ∫ ∂F/∂x_i (x' + α(x - x')) dα along the straight path from x' to x.

    The attributions add up to F(x) - F(x') (completeness; M. Sundararajan, A. Taly and Q. Yan,
    ICML 2017), which tells how exact the integral is: Gauss and Legendre's rule begins with 32
    points, and they are doubled until the sum misses the difference by less than 1 %, or by no
    more than rounding, or ``most_steps`` are reached. The most exact of the attempts is given.

    Args:
        forward: (B, ...) to logits (B, K).
        point: x, (1, ...).
        baseline: x', of the same shape.
        target: the class whose logit F is.
        most_steps: the most points of one attempt.
        batch: points in memory at once.
    """
    with torch.no_grad():
        ends = forward(torch.cat([point, baseline]))[:, target]
    logit, baseline_logit = ends.double().tolist()
    rounding = _ULPS * torch.finfo(ends.dtype).eps * max(abs(logit), abs(baseline_logit))
    difference = logit - baseline_logit
    method = IntegratedGradients(forward)
    attempts: list[tuple[Tensor, Completeness]] = []
    steps = min(FIRST_STEPS, most_steps)
    while True:
        found = method.attribute(
            point, baselines=baseline, target=target, n_steps=steps, internal_batch_size=batch
        ).detach()
        completeness = Completeness(
            baseline_logit=baseline_logit,
            difference=difference,
            delta=float(found.double().sum()) - difference,
            rounding=rounding,
            steps=steps,
        )
        attempts.append((found, completeness))
        if completeness.reached or completeness.exhausted or steps >= most_steps:
            return min(attempts, key=lambda attempt: abs(attempt[1].delta))
        steps = min(2 * steps, most_steps)
