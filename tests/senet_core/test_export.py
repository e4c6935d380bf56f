"""Every network leaves torch, by torch.export and by ONNX, with a free number of images."""

import onnxruntime
import pytest
import torch

from senet_core import SEConfig, create_model, list_models
from tests.senet_core.peers import calm, difference

# onnxruntime folds batch norms into convolutions and sums in another order than torch. With calm
# weights that is rounding: 2e-6 of the largest logit at the worst, in vgg16_bn.
TOLERANCE = 1e-5

with torch.device("meta"):
    IMAGENET = [name for name in list_models() if create_model(name).config.input_size > 32]
CIFAR = [  # one of each kind of unit
    f"{se}cifar_{name}"
    for name in (
        "resnet20",
        "preact_resnet164",
        "wrn16_8",
        "shake_shake26_2x96d",
        "shake_even29_2x4x64d",
    )
    for se in ("", "se_")
]
VARIANTS = [
    SEConfig(reduction=4),
    SEConfig(bias=False),
    SEConfig(min_hidden=8, stages=(2, 3)),
    SEConfig(squeeze="max"),
    SEConfig(squeeze="none"),
    SEConfig(excitation="tanh"),
    SEConfig(excitation="relu"),
    SEConfig(placement="pre"),
    SEConfig(placement="post"),
    SEConfig(placement="identity"),
    SEConfig(placement="conv3x3"),
]


def changed(se):
    """What differs from the default."""
    values = {key: getattr(se, key) for key in SEConfig.__slots__}
    return ",".join(f"{k}={v}" for k, v in values.items() if v != getattr(SEConfig(), k))


def exported(model):
    size = model.config.input_size
    batch = torch.export.Dim("batch", min=1, max=64)
    return torch.export.export(
        model, (torch.randn(2, 3, size, size),), dynamic_shapes=({0: batch},)
    )


def session(program):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    content = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    return onnxruntime.InferenceSession(
        content.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def agree(model):
    """Export, and compare what torch, the exported program and onnxruntime compute."""
    torch.manual_seed(0)
    model = calm(model).eval()
    program = exported(model)
    runtime = session(program)
    (images,) = runtime.get_inputs()
    size = model.config.input_size
    assert isinstance(images.shape[0], str)  # a name: free
    assert images.shape[1:] == [3, size, size]
    for batch in (1, 3):
        pixels = torch.randn(batch, 3, size, size)
        with torch.no_grad():
            expected = model(pixels)
            assert difference(program.module()(pixels), expected) < TOLERANCE
        (found,) = runtime.run(None, {images.name: pixels.numpy()})
        assert difference(torch.from_numpy(found), expected) < TOLERANCE
    assert difference(expected[0], expected[1]) > 100 * TOLERANCE  # they depend on the image


def test_one_small_network():
    agree(create_model("se_resnet50", 10, width=0.25))


def test_without_autograd_where_gates_scale_in_place():
    torch.manual_seed(0)
    model = calm(create_model("se_cifar_resnet20", 10)).eval()
    pixels = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        program = exported(model)
        expected = model(pixels)
        assert difference(program.module()(pixels), expected) < TOLERANCE
    assert difference(program.module()(pixels), model(pixels)) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", IMAGENET)
def test_networks_for_imagenet(name):
    agree(create_model(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", CIFAR)
def test_networks_for_cifar(name):
    agree(create_model(name, 10))


@pytest.mark.slow
@pytest.mark.parametrize("se", VARIANTS, ids=changed)
def test_variants_of_the_block(se):
    agree(create_model("se_cifar_resnet20", 10, se=se))
