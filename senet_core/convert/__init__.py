"""Weights from elsewhere: whose they are, which network of ours computes the same, and loading."""

from senet_core.convert.hub import fetch, is_fetched
from senet_core.convert.load import Weights, create_matching, load_weights

__all__ = ["Weights", "create_matching", "fetch", "is_fetched", "load_weights"]
