"""What options, SE settings, settings of training and preparations are called, and their values."""

from analysis.differences import Value
from dashboard.shell.language import _, marked

_NAMES = {
    "Option": {
        "width": marked("Width (times the paper's)"),
        "stride_on": marked("Convolution with the stride"),
        "pool": marked("Max pooling of the stem"),
    },
    "SE setting": {
        "reduction": marked("Reduction ratio r"),
        "squeeze": marked("Squeeze"),
        "excitation": marked("Function of the gates"),
        "placement": marked("Place of the SE block"),
        "stages": marked("Stages with SE blocks"),
        "bias": marked("Biases in the SE layers"),
        "min_hidden": marked("Least number of hidden units"),
    },
    "Preparation": {
        "image_size": marked("Image side (pixels)"),
        "in_chans": marked("Colour channels"),
        "mean": marked("Mean that is subtracted"),
        "std": marked("Deviation that is divided by"),
        "crop": marked("Central share of the image"),
        "interpolation": marked("Interpolation"),
        "squash": marked("Pressed into a square"),
    },
    "Setting": {
        "holdout": marked("Share held out"),
        "epochs": marked("Epochs of training"),
        "batch_size": marked("Batch size"),
        "accumulate": marked("Parts of a step"),
        "lr": marked("Learning rate"),
        "base_lr": marked("Learning rate for the base batch"),
        "base_batch": marked("Base batch"),
        "schedule": marked("Learning-rate schedule"),
        "warmup_epochs": marked("Epochs of warm-up"),
        "warmup_lr": marked("Learning rate of the warm-up"),
        "milestones": marked("Epochs at which the rate falls"),
        "gamma": marked("Factor by which the rate falls"),
        "patience": marked("Epochs of patience"),
        "drops": marked("Falls on plateaus"),
        "momentum": marked("Momentum"),
        "nesterov": marked("Nesterov's momentum"),
        "weight_decay": marked("Weight decay"),
        "gate_decay": marked("Weight decay in SE blocks"),
        "label_smoothing": marked("Label smoothing"),
        "freeze_bn_epochs": marked("Last epochs with batch norm frozen"),
        "ema": marked("Decay of the weights' average"),
        "crop": marked("Random crop"),
        "min_area": marked("Smallest crop (share of the image)"),
        "flip": marked("Random flips"),
        "erasing": marked("Probability of random erasing"),
        "balanced": marked("Balanced classes"),
        "cutout": marked("Cutout (pixels)"),
        "seed": marked("Seed"),
        "amp": marked("Mixed precision"),
        "sync_bn": marked("Batch norm over all processes"),
    },
}
_VALUES = {
    "true": marked("yes"),
    "false": marked("no"),
    "none": marked("none"),
    "avg": marked("mean"),
    "max": marked("maximum"),
    "standard": marked("behind the residual branch"),
    "pre": marked("before the residual branch"),
    "post": marked("behind the sum"),
    "identity": marked("on the shortcut"),
    "conv3x3": marked("behind the 3 × 3 convolution"),
    "cosine": marked("cosine"),
    "step": marked("steps"),
    "plateau": marked("on a plateau"),
    "trained": marked("trained"),
    "random": marked("random"),
}


def name_of(kind: str, detail: str) -> str:
    """What a fact is called; one that nobody has named keeps its own name behind its kind."""
    if not detail:
        return _(kind)
    words = _NAMES.get(kind, {}).get(detail)
    return _("{0} {1}").format(_(kind), detail) if words is None else _(words)


def value_of(kind: str, detail: str, value: Value) -> Value:
    """A value in words, where it is a word of the program."""
    if (kind, detail, value) == ("SE setting", "stages", ""):
        return _("all")
    named = kind == "Weights" or (kind in _NAMES and detail)
    known = named and isinstance(value, str) and value in _VALUES
    return _(_VALUES[value]) if known else value
