"""A network with gates, 48 labelled images, and the store that it made of them."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from analysis import collect, open_store
from tests.analysis.small import network, tensors


@pytest.fixture(scope="session")
def case(tmp_path_factory):
    model = network(width=0.5).eval()
    dataset = tensors(48)
    with torch.no_grad():  # gates and predictions that differ more than those of random weights do
        for name, weights in model.named_parameters():
            if name.endswith("fc2.weight"):
                weights.mul_(4)
        head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
        head.bias.sub_(model(dataset.tensors[0]).mean(0))
    path = collect(model, dataset, tmp_path_factory.mktemp("store") / "s.zarr")
    return SimpleNamespace(model=model, dataset=dataset, path=path, store=open_store(path))
