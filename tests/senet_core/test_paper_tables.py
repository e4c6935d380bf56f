"""The paper's figures, entered a second time by hand, and the arithmetic of the notes on them."""

from decimal import Decimal

import pytest
from torch import nn

from senet_core import SEConfig, SqueezeExcitation
from senet_core.complexity import count
from senet_core.ledger import Comparison, compared
from senet_core.paper_tables import TABLES
from senet_core.unfilled import create_unfilled

STATED = {  # GFLOPs or MFLOPs, and millions of parameters, in the order of the paper's rows
    "Table 2": (
        "3.86 3.87 7.58 7.60 11.30 11.32 4.24 4.25 7.99 8.00 15.47 15.48 2.03 2.04 11.75 11.76",
        "",
    ),
    "Table 3": ("569 572 140 142", "4.2 4.7 1.8 2.4"),
    "Table 10": ("", "45.7 35.7 30.7 28.1 26.9 25.6"),
    "Table 13": ("3.86 3.86 3.86 3.86 3.87", "25.6 25.6 25.7 26.4 28.1"),
    "Table 15": ("3.87 3.86", "28.1 25.8"),
    "Table 16": ("3.86 4.27 3.87", "25.6 28.1 28.1"),
}
ROWS = {
    "Table 2": 16,
    "Table 3": 4,
    "Table 4": 8,
    "Table 5": 8,
    "SENet-154": 1,
    "Table 10": 6,
    "Table 11": 2,
    "Table 12": 3,
    "Table 13": 5,
    "Table 14": 4,
    "Table 15": 2,
    "Table 16": 3,
}


def short(table):
    return table.title.split(":")[0].split(" (")[0]


def cost(name, se=None):
    return count(create_unfilled(name, se=se))


def rounded(number, unit, decimals):
    return f"{Decimal(number) / unit:.{decimals}f}"


def test_every_table_of_the_paper_with_networks_to_count_is_there():
    assert {short(table): len(table.rows) for table in TABLES} == ROWS


@pytest.mark.parametrize("table", TABLES, ids=short)
def test_the_figures_are_the_papers(table):
    flops, parameters = STATED.get(short(table), ("", ""))
    assert [row.flops[:-1] for row in table.rows if row.flops] == flops.split()
    assert [row.parameters[:-1] for row in table.rows if row.parameters] == parameters.split()
    unit = "M" if short(table) == "Table 3" else "G"
    assert {row.flops[-1] for row in table.rows if row.flops} <= {unit}
    assert {row.parameters[-1] for row in table.rows if row.parameters} <= {"M"}


@pytest.mark.parametrize("table", TABLES, ids=short)
def test_whatever_differs_has_a_note_and_nothing_else_has_one(table):
    for row in table.rows:
        differs = not all(c.agrees for c in compared(row) if c.paper)
        assert bool(row.notes) == differs, row.label
    told = {number for row in table.rows for number in row.notes}
    assert told == set(range(1, len(table.notes) + 1))


@pytest.mark.parametrize(
    ("name", "baseline", "gated"),
    [
        ("resnet50", "3.86", "3.87"),
        ("resnet101", "7.58", None),
        ("resnet152", "11.30", "11.32"),
        ("resnext50_32x4d", "4.24", None),
    ],
)
def test_note_1_of_table_2(name, baseline, gated):
    plain, se = cost(name), cost(f"se_{name}")
    sums = se.pooling  # the sum with the shortcut is as large as what the gate pools
    assert rounded(plain.flops + sums, 10**9, 2) == baseline
    assert gated is None or rounded(se.flops + sums, 10**9, 2) == gated


def test_the_sum_with_the_shortcut_is_as_large_as_what_the_gate_pools():
    model, sums = create_unfilled("se_resnet101"), []
    for name, module in model.named_modules():
        if name.endswith(".body"):
            module.register_forward_hook(lambda _, __, y: sums.append(y.shape[1:].numel()))
    assert count(model).pooling == sum(sums) == 8_931_328


def test_note_2_of_table_2():
    short_by = [
        1 - (cost(name).flops + cost(gated).pooling) / paper
        for name, gated, paper in (
            ("se_resnet101", "se_resnet101", 7.60e9),
            ("se_resnext50_32x4d", "se_resnext50_32x4d", 4.25e9),
            ("resnext101_32x4d", "se_resnext101_32x4d", 7.99e9),
            ("se_resnext101_32x4d", "se_resnext101_32x4d", 8.00e9),
        )
    ]
    assert (round(100 * min(short_by), 2), round(100 * max(short_by), 2)) == (0.09, 0.14)


def test_note_3_of_table_2():
    plain, gated = cost("bn_inception"), cost("se_bn_inception")
    assert rounded(2_035_000_000 - gated.flops, 10**6, 1) == "0.6"
    assert rounded(gated.flops - plain.flops, 10**6, 1) == "1.8"
    assert rounded(gated.macs - plain.macs, 10**6, 1) == "0.6"
    assert rounded(gated.pooling, 10**6, 1) == "1.2"


def test_note_4_of_table_2():
    plain, gated = cost("inception_resnet_v2"), cost("se_inception_resnet_v2")
    assert rounded(plain.macs, 10**9, 3) == "13.156"
    assert rounded(gated.flops - plain.flops, 10**6, 0) == "20"
    model = create_unfilled("inception_resnet_v2")
    assert [len(stage) for stage in (model.block35, model.block17, model.block8)] == [10, 20, 10]


def test_the_text_of_table_2():
    other = count(create_unfilled("resnet50", stride_on="3x3"))
    assert rounded(other.flops, 10**9, 2) == "4.09"


def test_the_notes_of_table_3():
    plain, gated = cost("shufflenet_v1_g3"), cost("se_shufflenet_v1_g3")
    assert rounded(plain.macs, 10**6, 0) == "137"
    assert rounded(gated.flops - plain.flops, 10**6, 1) == "2.2"
    model = create_unfilled("se_shufflenet_v1_g3")
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert sum(p.numel() for norm in norms for p in norm.parameters()) == 24_480
    assert rounded(plain.parameters - 24_480, 10**6, 2) == "1.84"
    gates = [module for module in model.modules() if isinstance(module, SqueezeExcitation)]
    assert (gates[0].channels, gates[0].fc1.out_features) == (216, 13)
    weights = sum(gate.fc1.weight.numel() + gate.fc2.weight.numel() for gate in gates)
    assert weights == 610_416 == sum(2 * gate.channels**2 // 16 for gate in gates) - 216
    assert gated.parameters - plain.parameters - weights == 8_389
    assert rounded(1_800_000 + weights, 10**6, 1) == "2.4"


def test_mobilenet_agrees_with_or_without_its_batch_norms():
    for name, paper in (("mobilenet_v1", "4.2M"), ("se_mobilenet_v1", "4.7M")):
        model = create_unfilled(name)
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
        in_norms = sum(p.numel() for norm in norms for p in norm.parameters())
        found = cost(name).parameters
        assert Comparison(paper, found).agrees
        assert Comparison(paper, found - in_norms).agrees


@pytest.mark.parametrize(
    ("se", "millions", "printed"),
    [
        (SEConfig(reduction=4, bias=False), "10.06", "35.7"),
        (SEConfig(reduction=8, bias=False), "5.03", "30.6"),  # where the paper prints 30.7
        (SEConfig(reduction=32, bias=False), "1.26", "26.9"),
        (SEConfig(stages=(4,), bias=False), "0.79", "26.4"),
        (SEConfig(placement="conv3x3", bias=False), "0.16", "25.8"),
    ],
)
def test_the_paper_adds_the_weights_to_a_rounded_baseline(se, millions, printed):
    weights = cost("se_resnet50", se).parameters - cost("resnet50").parameters
    assert rounded(weights, 10**6, 2) == millions
    assert rounded(25_600_000 + weights, 10**6, 1) == printed


def test_the_multiplications_with_gates_are_no_part_of_the_papers_flops():
    vgg, mobilenet = cost("se_vgg16_bn"), cost("se_mobilenet_v1")
    assert rounded(vgg.flops, 10**9, 2) == "15.48"
    assert rounded(vgg.flops + vgg.scaling, 10**9, 2) == "15.50"
    assert rounded(mobilenet.flops, 10**6, 0) == "572"
    assert rounded(mobilenet.flops + mobilenet.scaling, 10**6, 0) == "575"
