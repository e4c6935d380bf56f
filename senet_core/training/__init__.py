"""Training: settings, and the loop that runs them on one process or many."""

from senet_core.training.config import TrainConfig
from senet_core.training.fit import fit
from senet_core.training.interrupt import Stopped
from senet_core.training.loop import Finished

__all__ = ["Finished", "Stopped", "TrainConfig", "fit"]
