"""Find the gates of a network and record them while it runs."""

from analysis.gates.find import find_gates, skipped_gates
from analysis.gates.record import record_gates
from analysis.gates.vector import source_output, vector

__all__ = ["find_gates", "record_gates", "skipped_gates", "source_output", "vector"]
