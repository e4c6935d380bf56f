"""What the gates of a store say of the classes: arrays and DataFrames in and out."""

from analysis.statistics.bootstrap import Interval, bootstrap
from analysis.statistics.channel import channel_values, extreme_samples
from analysis.statistics.checks import require_gate
from analysis.statistics.class_moments import ClassMoments, moments, overall_mean_std
from analysis.statistics.saturation import dead_channels, saturation, saturation_intervals
from analysis.statistics.separation import SIGNIFICANCE, separation, separation_by_depth

__all__ = [
    "SIGNIFICANCE",
    "ClassMoments",
    "Interval",
    "bootstrap",
    "channel_values",
    "dead_channels",
    "extreme_samples",
    "moments",
    "overall_mean_std",
    "require_gate",
    "saturation",
    "saturation_intervals",
    "separation",
    "separation_by_depth",
]
