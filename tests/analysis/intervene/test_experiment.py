"""Experiments over a data set, against the network run by hand with other gates."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import special
from torch import nn
from torch.utils.data import TensorDataset

from analysis import find_gates
from analysis.intervene import Settings, by_block, intervene, pruning, set_to
from analysis.intervene.images import Images
from analysis.intervene.passes import run_variants
from analysis.intervene.variants import Variant
from analysis.source import Source
from senet_core import InputError, create_model

PATH = "layer2.1.se"


def by_hand(case, changes):
    """Accuracy, and mean log-probability of the true class, of the whole data set at once."""
    images, labels = case.dataset.tensors
    with torch.inference_mode(), intervene(case.model, changes):
        logits = case.model(images).numpy().astype(np.float64)
    log_p = special.log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
    return (logits.argmax(1) == labels.numpy()).mean(), log_p.mean()


def row(table, **names):
    found = table
    for column, value in names.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def blocks(case):
    return by_block(case.model, case.dataset, case.store, settings=Settings(batch_size=20))


@pytest.fixture(scope="module")
def pruned(case):
    return pruning(
        case.model,
        case.dataset,
        case.store,
        shares=(0.25, 0.5),
        draws=3,
        settings=Settings(batch_size=48),
    )


def test_there_is_a_row_for_each_kind_and_block_and_for_all_together(blocks, case):
    table = blocks.table()
    assert len(table) == 1 + 8 * (9 + 1)
    assert table["kind"][0] == "unmodified"
    first = table[table["kind"] == "mean"]
    assert first["path"].tolist() == [*find_gates(case.model), ""]
    assert first["label"].tolist()[-2:] == ["SE_3_3", "all"]
    assert first["depth"].tolist() == [*range(1, 10), 0]
    assert (table["n"] == 48).all()


def test_the_unmodified_network_predicts_what_the_store_holds(blocks, case):
    first = blocks.table().iloc[0]
    labels = case.store["label"].values
    logits = case.store["logits"].values.astype(np.float64)
    assert first["accuracy"] == (logits.argmax(1) == labels).mean()
    assert len(np.unique(logits.argmax(1))) == 5
    log_p = special.log_softmax(logits, axis=1)[np.arange(48), labels]
    assert first["log_p"] == pytest.approx(log_p.mean(), abs=1e-5)


def test_each_kind_equals_the_network_run_by_hand(blocks, case):
    labels = case.dataset.tensors[1].numpy()
    gates = case.store[f"gate.{PATH}"].values.astype(np.float64)
    stored = case.store["label"].values
    means = np.stack([gates[stored == k].mean(0) for k in range(5)])
    for kind, change in (
        ("one", set_to(1.0)),
        ("zero", set_to(0.0)),
        ("halved", lambda own: own / 2),
        ("mean", set_to(gates.mean(0))),
        ("class_mean", set_to(means[labels])),
        ("other_class_mean", set_to(means[(labels + 1) % 5])),
    ):
        found = row(blocks.table(), kind=kind, path=PATH)
        accuracy, log_p = by_hand(case, {PATH: change})
        assert found["accuracy"] == accuracy, kind
        assert found["log_p"] == pytest.approx(log_p, abs=2e-4), kind
        assert found["log_p_change"] != 0, kind


def test_all_together_changes_every_block(blocks, case):
    bare = copy.deepcopy(case.model)
    for path in find_gates(bare):
        parent, name = path.rsplit(".", 1)
        setattr(bare.get_submodule(parent), name, nn.Identity())
    images, labels = case.dataset.tensors
    with torch.no_grad():
        right = (bare(images).argmax(1) == labels).float().mean()
    found = row(blocks.table(), kind="one", label="all")
    assert found["accuracy"] == pytest.approx(float(right))


def test_batches_do_not_matter_but_where_images_are_shuffled(blocks, case):
    kinds = ("class_mean", "shuffled_channels")
    settings = Settings(batch_size=7)
    other = by_block(case.model, case.dataset, case.store, kinds=kinds, settings=settings).table()
    first = blocks.table()
    first = first[first["kind"].isin(["unmodified", *kinds])].reset_index(drop=True)
    first, other = first.drop(columns="p"), other.drop(columns="p")  # corrected over other rows
    pd.testing.assert_frame_equal(first, other, rtol=1e-3, atol=1e-4)


def test_the_seed_decides_and_nothing_else(blocks, case):
    kinds = ("shuffled_images", "shuffled_channels")
    torch.manual_seed(99)

    def run(seed):
        settings = Settings(batch_size=20, seed=seed)
        return by_block(case.model, case.dataset, case.store, kinds=kinds, settings=settings)

    again, other = run(0).table(), run(1).table()
    first = blocks.table()
    first = first[first["kind"].isin(["unmodified", *kinds])].reset_index(drop=True)
    pd.testing.assert_frame_equal(first.drop(columns="p"), again.drop(columns="p"))
    assert not np.allclose(again["log_p"][1:], other["log_p"][1:])


def test_the_network_is_left_as_it_was(case):
    model = copy.deepcopy(case.model).train()
    by_block(model, case.dataset, case.store, kinds=("zero",), settings=Settings(limit=1))
    assert all(module.training for module in model.modules())
    for name, value in case.model.state_dict().items():
        assert torch.equal(model.state_dict()[name], value)


def test_pruning_has_a_row_for_each_order_and_share_and_one_for_all_channels(pruned):
    table = pruned.table()
    assert len(table) == 1 + 2 * ((3 + 3) * 2 + 1)
    total = 3 * (8 + 16 + 32)
    assert row(table, rank="unmodified")["share"] == 0
    assert set(table.loc[table["share"] == 0.25, "channels"]) == {total // 4}
    assert set(table.loc[table["rank"] == "every", "channels"]) == {total}
    assert table.loc[table["rank"] == "random", "draw"].unique().tolist() == [1, 2, 3]


def test_pruning_equals_the_network_run_by_hand(pruned, case):
    zero, mean = {}, {}
    for path in find_gates(case.model):
        gates = case.store[f"gate.{path}"].values.astype(np.float64)
        own = gates.mean(0)
        least = np.argsort(own)[: len(own) // 2]

        def cut(gates, least=least, value=0.0):
            changed = gates.clone()
            changed[:, least] = torch.as_tensor(value, dtype=gates.dtype)
            return changed

        zero[path] = cut
        mean[path] = lambda gates, cut=cut, own=own[least]: cut(gates, value=own)
    for fill, changes in (("zero", zero), ("mean", mean)):
        found = row(pruned.table(), fill=fill, rank="mean", share=0.5)
        accuracy, log_p = by_hand(case, changes)
        assert found["accuracy"] == accuracy
        assert found["log_p"] == pytest.approx(log_p, abs=2e-4)


def test_all_channels_pruned_equal_all_blocks_set(pruned, blocks):
    for fill in ("zero", "mean"):
        whole = row(pruned.table(), fill=fill, rank="every")
        same = row(blocks.table(), kind=fill, label="all")
        assert whole["accuracy"] == same["accuracy"]
        assert whole["log_p"] == pytest.approx(same["log_p"], abs=1e-4)


def test_random_orders_differ_and_come_again(pruned, case):
    table = pruned.table()
    random = table[(table["rank"] == "random") & (table["fill"] == "zero")]
    assert random[random["share"] == 0.5]["log_p"].nunique() == 3
    settings = Settings(batch_size=48)
    again = pruning(
        case.model,
        case.dataset,
        case.store,
        ranks=(),
        fills=("zero",),
        shares=(0.5,),
        draws=2,
        settings=settings,
    ).table()
    first = random[(random["share"] == 0.5) & (random["draw"] <= 2)]
    assert again[again["rank"] == "random"]["log_p"].tolist() == first["log_p"].tolist()


def test_an_image_is_read_once(case):
    class Counting(TensorDataset):
        reads = 0

        def __getitem__(self, index):
            self.reads += 1
            return super().__getitem__(index)

    dataset = Counting(*case.dataset.tensors)
    by_block(case.model, dataset, case.store, kinds=("one", "zero"))
    assert dataset.reads == 48 + 16  # sixteen for the digest


def test_the_limit_is_of_each_class(case):
    settings = Settings(limit=2, batch_size=3)
    found = by_block(case.model, case.dataset, case.store, kinds=("one",), settings=settings)
    assert found.by_class()["n"].tolist() == [2] * len(found.by_class())
    assert (found.table()["n"] == 10).all()


def test_images_without_a_label_are_left_out(case):
    images, labels = case.dataset.tensors
    dataset = TensorDataset(images, torch.where(labels == 4, -1, labels))
    found = by_block(case.model, dataset, case.store, kinds=("class_mean",))
    assert (found.table()["n"] == int((labels != 4).sum())).all()


def test_faults_are_named(case):
    with pytest.raises(InputError, match="it is a baseline"):
        by_block(create_model("cifar_resnet20", 5), case.dataset, case.store)
    other = copy.deepcopy(case.model)
    with torch.no_grad():
        other.get_submodule(PATH).fc1.weight.add_(1)
    with pytest.raises(InputError, match="collected from another network"):
        pruning(other, case.dataset, case.store)
    with pytest.raises(InputError, match="unknown kind of intervention 'two'"):
        by_block(case.model, case.dataset, case.store, kinds=("two",))
    with pytest.raises(InputError, match="unknown fill 'one'"):
        pruning(case.model, case.dataset, case.store, fills=("one",))
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        pruning(case.model, case.dataset, case.store, shares=(0.5, 1.0))
    unlabelled = TensorDataset(case.dataset.tensors[0], torch.full((48,), -1))
    with pytest.raises(InputError, match="not the network's classes"):
        by_block(case.model, unlabelled, case.store)
    grey = TensorDataset(case.dataset.tensors[0][:, :1], case.dataset.tensors[1])
    with pytest.raises(InputError, match=r"does not take images of shape \(1, 8, 8\)"):
        by_block(case.model, grey, case.store)
    with pytest.raises(InputError, match="at least 2, not 1"):
        Settings(batch_size=1)
    with pytest.raises(InputError, match="at least 1 image of each class, not 0"):
        Settings(limit=0)


def test_logits_that_are_not_finite_stop_it(case):
    images = Images.of(case.dataset, case.store, Source(), Settings())
    broken = Variant({"kind": "broken"}, lambda labels: {PATH: lambda gates: gates / 0})
    with pytest.raises(InputError, match=r"logits are not finite with \{'kind': 'broken'\}"):
        run_variants(case.model, images, [Variant({"kind": "unmodified"}), broken])
