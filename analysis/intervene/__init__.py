"""Run a network with other gates than its own, and see what it still knows."""

from analysis.intervene.changes import (
    Change,
    in_turn,
    on_channels,
    scale_by,
    set_to,
    shuffle_channels,
    shuffle_images,
)
from analysis.intervene.experiment import by_block, pruning
from analysis.intervene.hooks import intervene
from analysis.intervene.images import Settings
from analysis.intervene.means import MeanGates, ranked_channels
from analysis.intervene.single import logits_with_gates, top_k_with_gates
from analysis.intervene.tally import Outcomes

__all__ = [
    "Change",
    "MeanGates",
    "Outcomes",
    "Settings",
    "by_block",
    "in_turn",
    "intervene",
    "logits_with_gates",
    "on_channels",
    "pruning",
    "ranked_channels",
    "scale_by",
    "set_to",
    "shuffle_channels",
    "shuffle_images",
    "top_k_with_gates",
]
