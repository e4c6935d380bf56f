"""What the gates of a store say of the classes: arrays and DataFrames in and out."""

from analysis.statistics.separation import (
    SIGNIFICANCE,
    ClassMoments,
    channel_values,
    extreme_samples,
    moments,
    overall_mean_std,
    require_gate,
    saturation,
    separation,
    separation_by_depth,
)

__all__ = [
    "SIGNIFICANCE",
    "ClassMoments",
    "channel_values",
    "extreme_samples",
    "moments",
    "overall_mean_std",
    "require_gate",
    "saturation",
    "separation",
    "separation_by_depth",
]
