"""Two networks, or more, on the same images."""

from analysis.compare.accuracy import (
    Comparison,
    accuracy,
    compare_predictions,
    per_class_change,
)
from analysis.compare.calibration import (
    Calibration,
    calibration,
    calibration_difference,
    reliability,
)
from analysis.compare.errors import (
    GROUPS,
    confusion,
    confusion_difference,
    disagreements,
    error_changes,
    top_k,
    top_of,
)
from analysis.compare.outcome import align, predictions
from analysis.compare.several import comparison_table

__all__ = [
    "GROUPS",
    "Calibration",
    "Comparison",
    "accuracy",
    "align",
    "calibration",
    "calibration_difference",
    "compare_predictions",
    "comparison_table",
    "confusion",
    "confusion_difference",
    "disagreements",
    "error_changes",
    "per_class_change",
    "predictions",
    "reliability",
    "top_k",
    "top_of",
]
