"""One image with chosen gates."""

import pandas as pd
import pytest
import torch
from scipy.special import softmax

from analysis import find_gates, record_gates
from analysis.compare import top_k
from analysis.figures import top5_bars
from analysis.intervene import logits_with_gates, set_to, top_k_with_gates
from analysis.intervene.hooks import intervene
from senet_core import InputError

PATH = "layer3.0.se"


def test_own_gates_change_nothing_and_the_store_says_the_same(case):
    image = case.dataset.tensors[0][0]
    with record_gates(case.model) as gates, torch.no_grad():
        case.model(image[None])
    own = {path: values[0].numpy() for path, values in gates.items()}
    before, after = top_k_with_gates(case.model, image.numpy(), own)
    pd.testing.assert_frame_equal(before, after)
    place = int((case.store["index"].values == 0).argmax())
    pd.testing.assert_frame_equal(before, top_k(case.store, place), rtol=1e-4)


def test_other_gates_give_what_the_network_makes_of_them(case):
    image = case.dataset.tensors[0][1]
    values = torch.linspace(0, 3, 32)
    names = [f"class {k}" for k in range(5)]
    before, after = top_k_with_gates(case.model, image, {PATH: values}, classes=names, k=3)
    with torch.no_grad():
        plain = case.model(image[None])[0].softmax(0)
        with intervene(case.model, {PATH: set_to(values)}):
            changed = case.model(image[None])[0].softmax(0)
    for table, expected in ((before, plain), (after, changed)):
        probability, label = expected.sort(descending=True)
        assert table["label"].tolist() == label[:3].tolist()
        assert table["class"].tolist() == [f"class {k}" for k in label[:3]]
        assert table["probability"].tolist() == pytest.approx(probability[:3].tolist(), rel=1e-4)
    assert len(top5_bars(before, after).data) == 2


def test_faults_are_named(case):
    image = case.dataset.tensors[0][0]
    with pytest.raises(InputError, match="no gate 'layer9'"):
        top_k_with_gates(case.model, image, {"layer9": [1.0]})
    with pytest.raises(InputError, match="cannot be set to values of shape"):
        top_k_with_gates(case.model, image, {PATH: [1.0, 2.0]})
    case.model.train()
    try:
        with pytest.raises(InputError, match="training mode"):
            top_k_with_gates(case.model, image, {})
    finally:
        case.model.eval()


def test_one_pass_gives_the_same_as_two(case):
    image = case.dataset.tensors[0][2]
    known, values = find_gates(case.model), torch.linspace(0, 1, 32)
    logits = logits_with_gates(case.model, known, image, {PATH: values})
    after = top_k_with_gates(case.model, image, {PATH: values})[1]
    shares = softmax(logits.astype(float))
    assert shares[after["label"]].tolist() == pytest.approx(after["probability"].tolist())
    with pytest.raises(InputError, match="no gate 'layer9'"):
        logits_with_gates(case.model, known, image, {"layer9": [1.0]})
    with torch.no_grad():
        plain = case.model(image[None])[0]
    assert logits_with_gates(case.model, known, image, {}).tolist() == pytest.approx(plain.tolist())


def test_bars_can_stay_where_they_are_while_the_other_network_changes():
    first = pd.DataFrame({"label": [2, 0], "class": ["c", "a"], "probability": [0.6, 0.3]})
    second = pd.DataFrame({"label": [2, 0], "class": ["c", "a"], "probability": [0.1, 0.9]})
    for keep, names in ((True, ["c", "a"]), (False, ["a", "c"])):
        figure = top5_bars(first, second, keep_order=keep)
        assert list(figure.layout.yaxis.ticktext) == names
