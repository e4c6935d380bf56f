"""What the gates of a store say of the classes: arrays and DataFrames in and out."""

from analysis.statistics.bootstrap import Interval, bootstrap
from analysis.statistics.cells import Cells, class_channel_cells
from analysis.statistics.channel import channel_values, extreme_samples
from analysis.statistics.checks import require_gate, require_gates
from analysis.statistics.cka import cka, cka_matrix
from analysis.statistics.class_moments import ClassMoments, moments
from analysis.statistics.depth import profile_by_depth
from analysis.statistics.embedding import (
    Axes,
    Embedding,
    embed_classes,
    embed_images,
    principal_axes,
    project,
)
from analysis.statistics.nearest import nearest_images
from analysis.statistics.one_image import image_gates
from analysis.statistics.probe import Probe, linear_probe, probe_by_depth
from analysis.statistics.quantiles import ClassQuantiles, class_quantiles
from analysis.statistics.ranking import channel_ranking
from analysis.statistics.resampled import separation_interval
from analysis.statistics.sampling import sample_images
from analysis.statistics.saturation import dead_channels, saturation, saturation_intervals
from analysis.statistics.separation import SIGNIFICANCE, separation, separation_by_depth
from analysis.statistics.similarity import class_order, class_similarity, class_tree
from analysis.statistics.spread import effective_dimension, entropy

__all__ = [
    "SIGNIFICANCE",
    "Axes",
    "Cells",
    "ClassMoments",
    "ClassQuantiles",
    "Embedding",
    "Interval",
    "Probe",
    "bootstrap",
    "channel_ranking",
    "channel_values",
    "cka",
    "cka_matrix",
    "class_channel_cells",
    "class_order",
    "class_quantiles",
    "class_similarity",
    "class_tree",
    "dead_channels",
    "effective_dimension",
    "embed_classes",
    "embed_images",
    "entropy",
    "extreme_samples",
    "image_gates",
    "linear_probe",
    "moments",
    "nearest_images",
    "principal_axes",
    "probe_by_depth",
    "profile_by_depth",
    "project",
    "require_gate",
    "require_gates",
    "sample_images",
    "saturation",
    "saturation_intervals",
    "separation",
    "separation_by_depth",
    "separation_interval",
]
