"""Recipes: the settings that each known training run starts from.

Those of the paper are named after its sections. What it leaves open, and what it takes over from
each CIFAR network's own paper without listing it, is said where it stands.
"""

from dataclasses import replace

from senet_core.attention import SEConfig
from senet_core.training.config import TrainConfig

# He init, flip and 4-pixel shifts are the paper's CIFAR recipe (section 5.1); erasing and label
# smoothing are ours. r = 4 keeps 4, 8 and 16 hidden units in the three stages, where the
# default of 16 would leave one in the first.
FASHION_MNIST = TrainConfig(
    model="se_cifar_resnet20",
    dataset="fashion_mnist",
    se=SEConfig(reduction=4, min_hidden=4),
    epochs=40,
    warmup_epochs=1,
    weight_decay=5e-4,
    label_smoothing=0.1,
    erasing=0.25,
    holdout=1 / 12,
)

# Section 5.1: batch 1024, rate 0.6 divided by 10 every 30 of 100 epochs. Weight decay is not
# stated; 1e-4 is what residual networks are trained with. One image in a hundred is held out to
# choose the epoch, so that the official validation images are read once. The first version of the
# paper also balanced the classes, which ``--balanced`` does and the last version does not name.
IMAGENET = TrainConfig(
    model="se_resnet50",
    dataset="imagenet",
    holdout=0.01,
    epochs=100,
    batch_size=1024,
    base_lr=0.6,
    base_batch=1024,
    schedule="step",
    milestones=(30, 60, 90),
    nesterov=False,
    crop="scale",
    workers=8,
)

# Section 6: one server, rate 0.1 divided by 10 on three plateaus. The batch is not stated; 256 is
# usual for that rate.
_PLATEAUS = replace(
    IMAGENET, batch_size=256, base_lr=0.1, base_batch=256, schedule="plateau", milestones=()
)

# Also there: about 300 epochs, label smoothing, no biases in the block.
ABLATION = replace(_PLATEAUS, se=SEConfig(bias=False), epochs=300, label_smoothing=0.1)

# He et al. (2016), "Identity mappings": batch 128, rate 0.1 after 400 steps at 0.01, divided by
# 10 at 32,000 and 48,000 of 64,000 steps, which are 82, 123 and 164 epochs of 50,000 images.
PREACT_RESNET = TrainConfig(
    model="se_cifar_preact_resnet110",
    dataset="cifar10",
    epochs=164,
    schedule="step",
    warmup_epochs=1,
    warmup_lr=0.01,
    milestones=(82, 123),
    nesterov=False,
)

# Gastaldi (2017): 1,800 epochs of one cosine; Cutout of 16 pixels on CIFAR-10 and 8 on
# CIFAR-100 (DeVries and Taylor, 2017).
SHAKE_SHAKE = TrainConfig(
    model="se_cifar_shake_shake26_2x96d", dataset="cifar10", epochs=1800, base_lr=0.2, cutout=16
)

_SETTINGS: dict[str, TrainConfig] = {
    "fashion_mnist": FASHION_MNIST,
    "cifar10": replace(FASHION_MNIST, dataset="cifar10", epochs=200, erasing=0.0),
    "cifar100": replace(FASHION_MNIST, dataset="cifar100", epochs=200, erasing=0.0),
    # A quarter of the channels and 128 pixels make a network that a CPU trains in about an hour.
    # The penalty that suits the convolutions of so small a network would press its gates to 0.5
    # (within a few hundredths, in a run that had it), so they carry none.
    "imagenette": TrainConfig(
        model="se_resnet50",
        dataset="imagenette",
        image_size=128,
        width=0.25,
        epochs=60,
        batch_size=64,
        base_batch=64,
        warmup_epochs=2,
        weight_decay=5e-4,
        gate_decay=0.0,
        label_smoothing=0.1,
        crop="scale",
        min_area=0.25,
        workers=2,
    ),
    "imagefolder": TrainConfig(
        model="se_resnet50",
        dataset="imagefolder",
        epochs=90,
        batch_size=64,
        base_batch=256,
        warmup_epochs=2,
        label_smoothing=0.1,
        crop="scale",
        workers=2,
    ),
    "imagenet": IMAGENET,
    "imagenet_ablation": ABLATION,
    # The footnote's fixed form of the ablations' schedule.
    "imagenet_ablation_fixed": replace(
        ABLATION, epochs=270, schedule="step", milestones=(125, 200, 250)
    ),
    # About 400 epochs with milder augmentation and regularisation, which the paper does not
    # quantify: a quarter of the area and 4e-5 are ours.
    "imagenet_mobile": replace(
        _PLATEAUS, model="se_mobilenet_v1", epochs=400, min_area=0.25, weight_decay=4e-5
    ),
    # The appendix: batch 2048, rate 1.0, label smoothing, batch norm frozen "for the last few
    # training epochs", of which 5 is our reading. The network itself has the dropout of 0.2.
    "imagenet_senet154": replace(
        IMAGENET,
        model="senet154",
        batch_size=2048,
        base_lr=1.0,
        base_batch=2048,
        label_smoothing=0.1,
        freeze_bn_epochs=5,
    ),
    # Section 5.2, from scratch by the main recipe.
    "places365": replace(IMAGENET, model="se_resnet152", dataset="places365"),
    "cifar_preact_resnet": PREACT_RESNET,
    # Zagoruyko and Komodakis (2016): rate 0.1 times 0.2 at 60, 120 and 160 of 200 epochs.
    "cifar_wrn": TrainConfig(
        model="se_cifar_wrn16_8",
        dataset="cifar10",
        epochs=200,
        schedule="step",
        milestones=(60, 120, 160),
        gamma=0.2,
        weight_decay=5e-4,
    ),
    "cifar10_shake_shake": SHAKE_SHAKE,
    "cifar100_shake_even": replace(
        SHAKE_SHAKE,
        model="se_cifar_shake_even29_2x4x64d",
        dataset="cifar100",
        batch_size=32,
        base_lr=0.025,
        base_batch=32,
        weight_decay=5e-4,
        cutout=8,
    ),
}

RECIPES = {name: replace(config, recipe=name) for name, config in _SETTINGS.items()}

DESCRIPTIONS: dict[str, str] = {
    "fashion_mnist": "Fashion-MNIST: 60,000 grey images of clothes, 10 classes",
    "cifar10": "CIFAR-10: 50,000 colour images, 10 classes",
    "cifar100": "CIFAR-100: 50,000 colour images, 100 classes",
    "imagenette": "Imagenette: 9,469 photographs of ten ImageNet classes",
    "imagefolder": "your own images: --images DIR with train/ and val/ or test/",
    "imagenet": "the paper's main recipe for ImageNet (section 5.1)",
    "imagenet_ablation": "the paper's ablations: the rate falls on plateaus (section 6)",
    "imagenet_ablation_fixed": "the ablations' fixed schedule of 270 epochs (section 6)",
    "imagenet_mobile": "the paper's mobile networks (section 5.1)",
    "imagenet_senet154": "SENet-154, with batch norm frozen at the end (the appendix)",
    "places365": "scene classification with ResNet-152 (section 5.2)",
    "cifar_preact_resnet": "pre-activation ResNets on CIFAR; --dataset cifar100 for the other",
    "cifar_wrn": "WRN-16-8 on CIFAR; --dataset cifar100 for the other",
    "cifar10_shake_shake": "Shake-Shake 26 2x96d with Cutout on CIFAR-10",
    "cifar100_shake_even": "Shake-Even 29 2x4x64d with Cutout on CIFAR-100",
}
