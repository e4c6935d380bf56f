"""Two small images with drawn rectangles, and a detector small enough to learn them in a test."""

import torch

from senet_core import faster_rcnn

SMALL = {"min_size": 96, "max_size": 128, "box_batch_size_per_image": 32}


def small(name="se_resnet50", num_classes=4, **options):
    return faster_rcnn(name, num_classes, **{"width": 0.125, **SMALL, **options})


def draw_scenes():
    """Two images of unlike sizes with three rectangles, each class in a colour of its own."""
    generator = torch.Generator().manual_seed(1)
    boxes = [[[10, 12, 50, 60]], [[30, 20, 90, 90], [96, 10, 124, 50]]]
    labels = [[1], [2, 3]]
    images = [0.2 * torch.rand(3, *size, generator=generator) for size in ((96, 96), (100, 128))]
    for image, of_image, classes in zip(images, boxes, labels, strict=True):
        for (x1, y1, x2, y2), label in zip(of_image, classes, strict=True):
            image[label - 1, y1:y2, x1:x2] += 0.7
    targets = [
        {"boxes": torch.tensor(b, dtype=torch.float32), "labels": torch.tensor(c)}
        for b, c in zip(boxes, labels, strict=True)
    ]
    return images, targets


def parameters(model, *, trainable=False):
    """How many numbers it has, or trains."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable)
