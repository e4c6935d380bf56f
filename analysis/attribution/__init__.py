"""What in an image, and which gates, a prediction rests on."""

from analysis.attribution.gates import GateAttribution, gate_attribution, mean_gates
from analysis.attribution.maps import grad_cam
from analysis.attribution.methods import METHODS, Method, attribute, side_by_side
from analysis.attribution.pixels import input_x_gradient, integrated_gradients, occlusion
from analysis.attribution.result import Attribution, Completeness

__all__ = [
    "METHODS",
    "Attribution",
    "Completeness",
    "GateAttribution",
    "Method",
    "attribute",
    "gate_attribution",
    "grad_cam",
    "input_x_gradient",
    "integrated_gradients",
    "mean_gates",
    "occlusion",
    "side_by_side",
]
