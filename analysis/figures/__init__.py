"""Figures: pure functions from stores and tables to Plotly figures, for pages and notebooks."""

from analysis.figures.attribution import attribution_maps
from analysis.figures.calibration import reliability
from analysis.figures.channel_bars import Ghost, channel_bars, mean_ghosts
from analysis.figures.cka import cka_matrix
from analysis.figures.confusion import confusion_difference, error_changes
from analysis.figures.depth import separation_by_depth
from analysis.figures.distribution import channel_distribution
from analysis.figures.embedding import embedding_scatter
from analysis.figures.excitation import excitation_by_class, uniform_channels
from analysis.figures.excitation_panels import excitation_panels
from analysis.figures.feature_maps import feature_maps
from analysis.figures.findings import findings_intervals
from analysis.figures.gate_attribution import gate_attribution, gate_distance
from analysis.figures.heatmap import class_channel_heatmap
from analysis.figures.intervene import accuracy_by_block, pruning_curves
from analysis.figures.palette import Style, Theme, class_style, class_styles, template
from analysis.figures.predictions import accuracy_interval, per_class_change, top5_bars
from analysis.figures.probe import probe_by_depth
from analysis.figures.profile import profile_by_depth
from analysis.figures.ranking import channel_ranking
from analysis.figures.similarity import class_similarity

__all__ = [
    "Ghost",
    "Style",
    "Theme",
    "accuracy_by_block",
    "accuracy_interval",
    "attribution_maps",
    "channel_bars",
    "channel_distribution",
    "channel_ranking",
    "cka_matrix",
    "class_channel_heatmap",
    "class_similarity",
    "class_style",
    "class_styles",
    "confusion_difference",
    "embedding_scatter",
    "error_changes",
    "excitation_by_class",
    "excitation_panels",
    "feature_maps",
    "findings_intervals",
    "gate_attribution",
    "gate_distance",
    "mean_ghosts",
    "per_class_change",
    "probe_by_depth",
    "profile_by_depth",
    "pruning_curves",
    "reliability",
    "separation_by_depth",
    "template",
    "top5_bars",
    "uniform_channels",
]
