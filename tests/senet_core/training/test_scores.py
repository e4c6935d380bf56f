import pytest
import torch

from senet_core.training.scores import Scores

CPU = torch.device("cpu")


def test_means_weigh_batches_by_their_images():
    scores = Scores(CPU)
    scores.add(torch.tensor(2.0), torch.tensor([[1.0, 0], [0, 1], [0, 1]]), torch.tensor([0, 1, 0]))
    scores.add(torch.tensor(4.0), torch.tensor([[0.0, 1]]), torch.tensor([0]))
    assert list(scores.named("val")) == ["val_loss", "val_accuracy"]
    assert scores.named("val") == pytest.approx({"val_loss": 2.5, "val_accuracy": 0.5})
    assert scores.line() == "loss 2.500, accuracy 50.00%"


def test_sums_go_on_from_their_state():
    scores, other = Scores(CPU), Scores(CPU)
    scores.add(torch.tensor(2.0), torch.tensor([[1.0, 0]]), torch.tensor([0]))
    other.restore(scores.state())
    other.add(torch.tensor(1.0), torch.tensor([[1.0, 0]]), torch.tensor([1]))
    assert other.named("x") == {"x_loss": 1.5, "x_accuracy": 0.5}
