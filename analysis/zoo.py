"""The networks of `senet_core.zoo` beside what the paper states of them."""

from functools import cache
from typing import Any

import pandas as pd

from senet_core.attention import SEConfig
from senet_core.ledger import Comparison
from senet_core.paper_errors import stated_errors
from senet_core.paper_tables import TABLES, Row
from senet_core.zoo import Entry, entries

_UNIT = {"M": 1e6, "G": 1e9}


@cache
def _table() -> pd.DataFrame:
    return pd.DataFrame([_row(entry) for entry in entries()]).pipe(_with_cost_of_se)


def zoo_against_paper() -> pd.DataFrame:
    """A row a network, in the order of `senet_core.list_models`.

    Returns:
        ``name``; ``base``, the name without its SE; ``se``; ``family``, ``imagenet`` or
        ``cifar``; ``gates``, ``classes``, ``input_size``; ``parameters``, ``macs`` and ``flops``
        (multiply-adds with the squeeze's additions, what the paper counts). For parameters and
        FLOPs the paper's figure (``parameters_paper``) and as it prints it
        (``parameters_printed``, such as ``28.1 M``), ours less the paper's in per cent
        (``parameters_off``) and whether they agree to the last printed digit
        (``parameters_agree``): NaN and None where the paper states nothing. ``top1``, ``top5``:
        the paper's errors in per cent, on ``data``. What SE adds to its baseline, in per cent:
        ``se_parameters``, ``se_macs``, and ``se_top1``, the change of the paper's error in
        points; in both rows of a pair, NaN where there is none.
    """
    return _table().copy()


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": entry.name,
        "base": entry.name.removeprefix("se_"),
        "se": entry.gates > 0,
        "family": "cifar" if entry.name.removeprefix("se_").startswith("cifar_") else "imagenet",
        "gates": entry.gates,
        "classes": entry.classes,
        "input_size": entry.input_size,
        "parameters": entry.parameters,
        "macs": entry.macs,
        "flops": entry.flops,
    }
    for what, ours in (("parameters", entry.parameters), ("flops", entry.flops)):
        row |= _compared(what, Comparison(_stated(entry, what), ours))
    errors = next(iter(stated_errors(entry.name)), None)
    row["top1"] = errors.top1 if errors else None
    row["top5"] = errors.top5 if errors else None
    row["data"] = errors.data if errors else ""
    return row


def _stated(entry: Entry, what: str) -> str | None:
    """What the paper prints of a network; its ablations' gates, which have no biases, will do."""
    own = [row for table in TABLES for row in table.rows if _is(row, entry)]
    return next((said for row in own if (said := getattr(row, what))), None)


def _is(row: Row, entry: Entry) -> bool:
    usual = row.se is None or row.se == SEConfig(bias=False)
    return usual and (row.model, row.classes) == (entry.name, entry.classes)


def _compared(what: str, found: Comparison) -> dict[str, Any]:
    if found.paper is None:
        return dict.fromkeys(f"{what}_{part}" for part in ("paper", "printed", "off", "agree"))
    return {
        f"{what}_paper": float(found.paper[:-1]) * _UNIT[found.unit],
        f"{what}_printed": f"{found.paper[:-1]} {found.unit}",
        f"{what}_off": float(found.percent),
        f"{what}_agree": found.agrees,
    }


def _with_cost_of_se(table: pd.DataFrame) -> pd.DataFrame:
    plain = table[~table["se"]].set_index("base")
    gated = table[table["se"]].set_index("base")
    both = plain.index.intersection(gated.index)
    plain, gated = plain.loc[both], gated.loc[both]
    costs = {
        "se_parameters": 100 * (gated["parameters"] / plain["parameters"] - 1),
        "se_macs": 100 * (gated["macs"] / plain["macs"] - 1),
        "se_top1": gated["top1"].where(gated["data"] == plain["data"]) - plain["top1"],
    }
    return table.assign(**{name: table["base"].map(cost) for name, cost in costs.items()})
