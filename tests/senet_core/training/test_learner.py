import dataclasses

import pytest
import torch
from torch import nn

from senet_core import InputError, create_model
from senet_core.distributed import World
from senet_core.training import TrainConfig
from senet_core.training.learner import Learner, memory_format
from senet_core.training.scores import Scores

CPU = torch.device("cpu")
CONFIG = TrainConfig(model="se_cifar_resnet20", width=0.5, lr=0.1, amp="none")


def network() -> nn.Module:
    torch.manual_seed(0)
    return create_model("se_cifar_resnet20", 4, width=0.5)


def batch(images: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(images, 3, 16, 16, generator=generator)
    return x, torch.arange(images) % 4


def step(learner: Learner, parts, rate: float = 0.1) -> torch.Tensor:
    images = sum(len(y) for _, y in parts)
    seeds = list(range(len(parts)))
    return learner.step(parts, seeds=seeds, images=images, rate=rate, to=Scores(CPU))


def test_a_step_is_that_of_torchs_sgd():
    ours, theirs = network(), network()
    learner = Learner(ours, CONFIG, World(), CPU)
    learner.begin_epoch(frozen=False)
    loss = step(learner, [batch()], rate=0.03)
    optimizer = torch.optim.SGD(
        theirs.parameters(), lr=0.03, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    x, y = batch()
    expected = nn.functional.cross_entropy(theirs.train()(x), y)
    expected.backward()
    optimizer.step()
    torch.testing.assert_close(loss, expected.detach())
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_the_gates_penalty_is_their_own():
    """Without decay the block's layers take the plain step, and all else takes the usual one."""
    ours, whole = network(), network()
    config = dataclasses.replace(CONFIG, weight_decay=0.5, momentum=0.0)
    for model, own in ((ours, 0.0), (whole, None)):
        learner = Learner(model, dataclasses.replace(config, gate_decay=own), World(), CPU)
        learner.begin_epoch(frozen=False)
        step(learner, [batch()], rate=0.1)
    before = dict(network().named_parameters())
    for (name, a), b in zip(ours.named_parameters(), whole.parameters(), strict=True):
        penalty = 0.1 * 0.5 * before[name] if ".se.fc" in name else torch.zeros(())
        torch.testing.assert_close(a - b, penalty.expand_as(a), atol=1e-6, rtol=1e-4)


def test_parts_of_unequal_size_weigh_by_their_images():
    """With batch norm in eval mode, parts and the whole have the same gradients."""
    whole, parted = (Learner(network(), CONFIG, World(), CPU) for _ in range(2))
    x, y = batch()
    for learner in (whole, parted):
        learner.begin_epoch(frozen=True)
    step(whole, [(x, y)])
    step(parted, [(x[:3], y[:3]), (x[3:], y[3:])])
    for a, b in zip(whole.model.parameters(), parted.model.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_frozen_batch_norms_keep_statistics_and_parameters():
    learner = Learner(network(), CONFIG, World(), CPU)
    norms = [m for m in learner.model.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [[t.clone() for t in m.state_dict().values()] for m in norms]
    weights = learner.model.fc.weight.detach().clone()
    learner.begin_epoch(frozen=True)
    step(learner, [batch()])
    after = [list(m.state_dict().values()) for m in norms]
    assert all(
        torch.equal(a, b)
        for x, y in zip(before, after, strict=True)
        for a, b in zip(x, y, strict=True)
    )
    assert not torch.equal(learner.model.fc.weight, weights)
    learner.begin_epoch(frozen=False)
    step(learner, [batch()])
    assert not torch.equal(norms[0].weight, before[0][0])


def test_the_average_follows_the_weights_by_its_decay():
    learner = Learner(network(), dataclasses.replace(CONFIG, ema=0.75), World(), CPU)
    learner.begin_epoch(frozen=False)
    step(learner, [batch()])
    first = learner.model.fc.weight.detach().clone()  # where the average starts
    step(learner, [batch()])
    expected = 0.75 * first + 0.25 * learner.model.fc.weight
    torch.testing.assert_close(learner.result.fc.weight, expected)


def test_evaluation_scores_by_hand():
    learner = Learner(network(), CONFIG, World(), CPU)
    x, y = batch(6)
    scores = learner.evaluate([(x[:4], y[:4]), (x[4:], y[4:])]).named("val")
    with torch.no_grad():
        logits = learner.model.eval()(x)
    assert scores["val_loss"] == pytest.approx(
        float(nn.functional.cross_entropy(logits, y)), rel=1e-5
    )
    assert scores["val_accuracy"] == pytest.approx(float((logits.argmax(1) == y).float().mean()))


def test_synchronised_batch_norm_is_refused_on_cpus():
    with pytest.raises(InputError, match="--sync-bn needs GPUs"):
        Learner(network(), dataclasses.replace(CONFIG, sync_bn=True), World(), CPU)


def test_narrow_strided_shortcuts_keep_the_plain_layout_on_a_cpu():
    narrow = create_model("cifar_resnet20", 10, width=0.5)
    assert memory_format(narrow, CPU) == torch.contiguous_format
    assert memory_format(narrow, torch.device("cuda")) == torch.channels_last
    assert memory_format(create_model("cifar_resnet20", 10), CPU) == torch.channels_last


@pytest.mark.slow
def test_a_compiled_step_agrees_with_an_eager_one():
    losses = []
    for compiled in (False, True):
        learner = Learner(network(), dataclasses.replace(CONFIG, compile=compiled), World(), CPU)
        learner.begin_epoch(frozen=False)
        losses.append(torch.stack([step(learner, [batch()], rate=0.01) for _ in range(3)]))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-3, atol=1e-4)
