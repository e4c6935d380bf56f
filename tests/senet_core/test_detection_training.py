"""Training the detector: what learns, what stays as it was, and that the loss falls."""

import pytest
import torch
from torch import nn
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d, box_iou

from analysis import find_gates
from senet_core import create_model, faster_rcnn
from tests.senet_core.drawn import draw_scenes, parameters, small
from tests.senet_core.peers import calm


@pytest.fixture
def scenes():
    return draw_scenes()


def norms(model, kind):
    return sum(isinstance(module, kind) for module in model.modules())


@pytest.mark.parametrize(
    ("stages", "peer_layers", "live"), [(5, 5, 53), (4, 4, 52), (3, 3, 42), (2, 2, 29), (0, 0, 0)]
)
def test_the_last_stages_train_as_torchvisions_layers_do(stages, peer_layers, live):
    with torch.device("meta"):
        peer = resnet_fpn_backbone(
            backbone_name="resnet50", weights=None, trainable_layers=peer_layers
        )
        ours = faster_rcnn("resnet50", frozen_norm=True, trainable_stages=stages).backbone
        thawed = faster_rcnn("resnet50", trainable_stages=stages).backbone
    assert parameters(ours, trainable=True) == parameters(peer, trainable=True)
    assert norms(thawed, nn.BatchNorm2d) == live  # the frozen stages keep their statistics
    assert norms(thawed, FrozenBatchNorm2d) == 53 - live


def test_weights_freeze_stem_stage_2_and_every_norm_unless_told_otherwise():
    source = create_model("se_resnet50", 10, width=0.125)
    fresh, loaded = small(), small(weights=source.state_dict())
    told = small(weights=source.state_dict(), trainable_stages=5, frozen_norm=False)
    for model in (fresh, told):
        assert norms(model, FrozenBatchNorm2d) == 0
        assert all(p.requires_grad for p in model.parameters())
    assert norms(loaded, nn.BatchNorm2d) == 0
    body = loaded.backbone.body
    assert {name.split(".")[0] for name, p in body.named_parameters() if p.requires_grad} == {
        "layer2",
        "layer3",
        "layer4",
    }


def test_a_step_leaves_frozen_stages_and_statistics_as_they_were(scenes):
    source = calm(create_model("se_resnet50", 10, width=0.125))
    model = small(weights=source.state_dict()).train()
    before = {key: tensor.clone() for key, tensor in model.backbone.body.state_dict().items()}
    torch.manual_seed(0)
    sum(model(*scenes).values()).backward()
    torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.1).step()
    after = model.backbone.body.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert "layer2.0.se.fc1.weight" in changed
    assert not [key for key in changed if key.startswith(("stem", "layer1")) or "norm" in key]
    assert before["layer4.2.body.conv3.norm.running_var"].equal(
        source.layer4[2].body.conv3.norm.running_var
    )


def test_every_gate_learns(scenes):
    torch.manual_seed(0)
    model = small().train()
    losses = model(*scenes)
    assert set(losses) == {
        "loss_objectness",
        "loss_rpn_box_reg",
        "loss_classifier",
        "loss_box_reg",
    }
    assert all(torch.isfinite(loss) for loss in losses.values())
    sum(losses.values()).backward()
    for path in find_gates(model):
        for weight in model.get_submodule(path).parameters():
            assert torch.isfinite(weight.grad).all()
        assert model.get_submodule(path).fc1.weight.grad.abs().max() > 0


def trained(model, images, targets, *, steps):
    """The total loss at each step of SGD."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    totals = []
    for _ in range(steps):
        total = sum(model.train()(images, targets).values())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(total.item())
    return totals


def test_ten_steps_lower_the_loss(scenes):
    torch.manual_seed(0)
    totals = trained(small(), *scenes, steps=10)
    assert min(totals[-3:]) < 0.6 * totals[0]


@pytest.mark.slow
def test_it_learns_where_rectangles_lie(scenes):
    torch.manual_seed(0)
    images, targets = scenes
    model = small(box_batch_size_per_image=64)
    trained(model, images, targets, steps=100)
    with torch.inference_mode():
        detections = model.eval()(images)
    for found, target in zip(detections, targets, strict=True):
        for box, label in zip(target["boxes"], target["labels"], strict=True):
            best = found["boxes"][found["labels"] == label][0]  # the surest of that class
            assert box_iou(box[None], best[None]).item() > 0.6
