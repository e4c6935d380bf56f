"""Look into SE networks: record gates, collect them over a data set, compare and draw."""

from analysis.collect import collect
from analysis.gates import find_gates, record_gates, skipped_gates
from analysis.store import open_store

__all__ = ["collect", "find_gates", "open_store", "record_gates", "skipped_gates"]
