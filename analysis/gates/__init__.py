"""Find the gates of a network and record them while it runs."""

from analysis.gates.find import (
    find_gates,
    record_gates,
    skipped_gates,
)

__all__ = [
    "find_gates",
    "record_gates",
    "skipped_gates",
]
