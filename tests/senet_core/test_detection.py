"""Faster R-CNN: equal to torchvision's, on the stages of our networks, its gates recorded."""

import pytest
import torch
from torch import nn
from torchvision.models.detection import FasterRCNN, fasterrcnn_resnet50_fpn
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d

from analysis import find_gates, record_gates
from senet_core import InputError, SEConfig, create_model, faster_rcnn, save_checkpoint
from tests.senet_core.drawn import SMALL, draw_scenes, parameters, small
from tests.senet_core.peers import calm, difference

TORCHVISIONS = {"stride_on": "3x3", "pool": "padded"}


@pytest.fixture
def scenes():
    return draw_scenes()


def torchvisions(norm):
    """Its Faster R-CNN with five classes and calm random weights."""
    models = []
    for layer in (nn.BatchNorm2d, norm):
        backbone = resnet_fpn_backbone(
            backbone_name="resnet50", weights=None, norm_layer=layer, trainable_layers=5
        )
        models.append(FasterRCNN(backbone, 5, **SMALL))
    models[1].load_state_dict(calm(models[0]).state_dict())
    return models[1]


@pytest.mark.parametrize("frozen", [False, True])
def test_it_computes_what_torchvisions_computes(frozen, scenes):
    images, targets = scenes
    peer = torchvisions(FrozenBatchNorm2d if frozen else nn.BatchNorm2d)
    ours = faster_rcnn(
        "resnet50",
        5,
        weights=peer.backbone.body.state_dict(),
        trainable_stages=5,
        frozen_norm=frozen,
        **TORCHVISIONS,
        **SMALL,
    )
    for part in ("backbone.fpn", "rpn", "roi_heads"):
        ours.get_submodule(part).load_state_dict(peer.get_submodule(part).state_dict())
    with torch.inference_mode():
        detections = zip(ours.eval()(images), peer.eval()(images), strict=True)
    for mine, theirs in detections:
        assert len(theirs["boxes"]) > 20
        assert torch.equal(mine["labels"], theirs["labels"])
        assert difference(mine["boxes"], theirs["boxes"]) < 1e-5
        assert difference(mine["scores"], theirs["scores"]) < 1e-5
    losses = []
    for model in (ours.train(), peer.train()):
        torch.manual_seed(2)  # which anchors and proposals are drawn for the losses
        losses.append(model(images, targets))
        sum(losses[-1].values()).backward()
    assert losses[0].keys() == losses[1].keys()
    for key, loss in losses[1].items():
        assert losses[0][key].item() == pytest.approx(loss.item(), rel=1e-5)
    mine = ours.backbone.body.stem.conv1.conv.weight.grad
    assert difference(mine, peer.backbone.body.conv1.weight.grad) < 1e-4


def test_parameters_are_torchvisions():
    with torch.device("meta"):
        peer = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
        ours = faster_rcnn("resnet50", **TORCHVISIONS)
        frozen = faster_rcnn("resnet50", frozen_norm=True)
        gated = faster_rcnn("se_resnet50", frozen_norm=True)
    assert parameters(ours) == parameters(peer) == 41_808_406
    assert parameters(frozen) == 41_755_286  # torchvision's number for its weights of COCO
    assert parameters(gated) - parameters(frozen) == 28_088_024 - 25_557_032  # the networks'


@pytest.mark.parametrize("name", ["resnet50", "se_resnet101"])
def test_levels_are_the_stages_of_the_classification_network(name):
    torch.manual_seed(0)
    network = calm(create_model(name, width=0.25)).eval()
    body = faster_rcnn(name, weights=network.state_dict(), width=0.25).eval().backbone.body
    network, body = network.double(), body.double()  # in float32 rounding alone shows
    x = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1)).double()
    with torch.no_grad():
        levels = body(x.clone())
        y = network.stem(x)
        for level, channels in enumerate((64, 128, 256, 512)):
            y = network.get_submodule(f"layer{level + 1}")(y)
            assert levels[str(level)].shape == (2, channels, 16 >> level, 24 >> level)
            assert difference(levels[str(level)], y) < 1e-9


@pytest.mark.parametrize("placement", ["standard", "pre", "post", "identity", "conv3x3"])
def test_scaling_in_place_spoils_no_level(placement):
    torch.manual_seed(0)
    body = small(se=SEConfig(placement=placement)).eval().backbone.body
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert {unit.placement for unit in body.layer3} == {placement}
    out_of_place = body(x)
    with torch.inference_mode():
        in_place = body(x)
    for level, y in out_of_place.items():
        assert torch.equal(in_place[level], y.detach())


def test_boxes_lie_in_their_images(scenes):
    torch.manual_seed(0)
    model = small(box_score_thresh=0.0).eval()
    with torch.inference_mode():
        detections = model(scenes[0])
    for image, found in zip(scenes[0], detections, strict=True):
        height, width = image.shape[1:]
        assert found["boxes"].shape == (100, 4)
        assert found["boxes"].min() >= 0
        assert (found["boxes"] <= torch.tensor([width, height, width, height])).all()
        assert set(found["labels"].tolist()) <= {1, 2, 3}
        assert 0 <= found["scores"].min() <= found["scores"].max() <= 1


def test_gates_are_those_of_the_network_on_the_detectors_batch(scenes):
    network = calm(create_model("se_resnet50", 10, width=0.125)).eval()
    model = small(weights=network.state_dict()).eval()
    with torch.inference_mode():
        with record_gates(model) as gates:
            model(scenes[0])
        with record_gates(network) as plain:
            network(model.transform(scenes[0])[0].tensors)
    assert list(gates) == [f"backbone.body.{path}" for path in plain]
    for path, gate in plain.items():
        assert gate.shape[0] == 2
        assert difference(gates[f"backbone.body.{path}"], gate) < 1e-5
    found = find_gates(model)
    assert [gate.label for gate in found.values()] == [
        f"SE_{stage}_{block}"
        for stage, depth in ((2, 3), (3, 4), (4, 6), (5, 3))
        for block in range(1, depth + 1)
    ]
    assert found["backbone.body.layer3.5.se"].channels == 128


def test_it_has_the_gates_of_its_backbone():
    with torch.device("meta"):
        assert find_gates(faster_rcnn("resnet101")) == {}
        assert len(find_gates(faster_rcnn("se_resnet101"))) == 33
        assert len(find_gates(small(se=SEConfig(stages=(4,))))) == 6


def test_pixels_are_normalised_as_the_weights_were_trained(tmp_path):
    network = create_model("se_resnet50", 10, width=0.125)
    halves = save_checkpoint(
        tmp_path / "halves.safetensors", network, mean=[0.5, 0.4, 0.3], std=[0.25, 0.2, 0.1]
    )
    transform = small(weights=halves).transform
    assert (transform.image_mean, transform.image_std) == ([0.5, 0.4, 0.3], [0.25, 0.2, 0.1])
    assert small(weights=halves, image_std=[1, 1, 1]).transform.image_std == [1, 1, 1]
    assert small().transform.image_mean == [0.485, 0.456, 0.406]  # ImageNet's
    assert small(weights=network.state_dict()).transform.image_std == [0.229, 0.224, 0.225]


def test_a_state_dict_passes_between_frozen_and_thawed_norms(scenes):
    model = small(weights=calm(create_model("se_resnet50", width=0.125)).state_dict()).eval()
    again, frozen = small().eval(), small(frozen_norm=True).eval()
    again.load_state_dict(model.state_dict())
    frozen.load_state_dict(again.state_dict())
    with torch.inference_mode():
        levels = [m.backbone(scenes[0][0][None]) for m in (model, again, frozen)]
    for key, level in levels[0].items():
        assert difference(levels[1][key], level) < 1e-5
        assert torch.equal(levels[2][key], level)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "resnet18"}, "no detector is built on 'resnet18'; choose from resnet50"),
        ({"num_classes": 1}, "counts the background too, so it must be at least 2"),
        ({"trainable_stages": 6}, "whole number from 0 to 5, not 6"),
        ({"minsize": 96}, "unknown option 'minsize'; a detector takes stride_on, pool, width"),
        ({"stride_on": "5x5"}, "unknown stride_on '5x5'"),
        ({"se": SEConfig()}, "resnet50 has no SE block to configure; use se_resnet50"),
        ({"weights": "missing.pth"}, "missing.pth is not there"),
    ],
)
def test_faults_are_told_in_a_sentence(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        faster_rcnn(**{"name": "resnet50", **arguments})


def test_weights_of_a_network_that_computes_something_else_are_refused():
    with torch.device("meta"):
        state = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).backbone.body
    with pytest.raises(InputError, match='stride_on="3x3", pool="padded"'):
        faster_rcnn("resnet50", weights=state.state_dict())
