"""Two networks on the same images."""

from analysis.compare.predictions import (
    GROUPS,
    Comparison,
    accuracy,
    align,
    compare_predictions,
    confusion,
    confusion_difference,
    disagreements,
    per_class_change,
    predictions,
    top_k,
)

__all__ = [
    "GROUPS",
    "Comparison",
    "accuracy",
    "align",
    "compare_predictions",
    "confusion",
    "confusion_difference",
    "disagreements",
    "per_class_change",
    "predictions",
    "top_k",
]
