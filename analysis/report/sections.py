"""The sections of the report: each answers one question about one store, or about two."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

import numpy as np
import pandas as pd
import xarray as xr

from analysis import figures
from analysis.compare import accuracy, compare_predictions, per_class_change, reliability
from analysis.findings import paper_findings
from analysis.findings_text import finding_line, sample_line
from analysis.proportions import Proportion
from analysis.readable import readable
from analysis.report.parts import Picture, Section, Table
from analysis.statistics import saturation, separation_by_depth
from analysis.statistics.separation import hardly_varies
from analysis.store import gates_of, store_name
from senet_core.json_text import read_json

_CLASSES = 4  # lines that can be told apart


def sections(stores: Sequence[xr.Dataset]) -> list[Section]:
    """All sections that the stores have something for, in reading order."""
    names = _names(stores)
    named = zip(stores, names, strict=True)
    gated = [each for each in named if gates_of(each[0]) and each[0]["count"].values.any()]
    parts = [_predictions(stores, names)]
    for ds, name in gated:
        suffix = "" if len(gated) == 1 else f": {name}"
        parts += [_findings(ds, suffix), _excitation(ds, suffix), _depth(ds, suffix)]
    if not gated:
        parts.append(Section("Gates", ["There are no gates to show: these are baselines."]))
    return [*parts, _provenance(stores, names)]


def _names(stores: Sequence[xr.Dataset]) -> list[str]:
    """What each store is called; two of the same name are told apart."""
    names = [store_name(ds) for ds in stores]
    if len(set(names)) == len(names):
        return names
    return [f"{name} ({letter})" for name, letter in zip(names, "ab", strict=False)]


def _predictions(stores: Sequence[xr.Dataset], names: Sequence[str]) -> Section:
    title = "Predictions"
    if any(ds.attrs["labels"] != "model" for ds in stores):
        return Section(title, ["The labels are not classes of the network: there is no accuracy."])
    shares = [accuracy(ds) for ds in stores]
    named = list(zip(names, shares, strict=True))
    texts = [f"{name}: accuracy {_share(share)}." for name, share in named]
    sure = Picture(
        figures.reliability(
            [(name, reliability(ds)) for name, ds in zip(names, stores, strict=True)]
        ),
        "How often predictions of a given confidence are right: on the dotted line a network is as "
        "often right as it says.",
    )
    if len(stores) == 1:
        return Section(title, texts, pictures=[sure])
    first, second = stores
    result = compare_predictions(first, second)
    verdict = (
        f"The first is {100 * result.difference:+.2f} points from the second (95 % interval "
        f"{100 * result.low:+.2f} to {100 * result.high:+.2f}; McNemar's exact test, "
        f"p = {result.p:.2g}) on the same {result.n:,} images. It alone is right on "
        f"{result.only_a:,}, the other alone on {result.only_b:,}. One training of each tells "
        "nothing of how much another seed would change."
    )
    pair = (names[0], names[1])
    change = per_class_change(first, second)
    return Section(
        title,
        [*texts, verdict],
        pictures=[
            Picture(
                figures.accuracy_interval(named),
                "Accuracy with its 95 % interval (Wilson). Intervals that overlap do not settle "
                "the comparison: the images are the same, so the paired test above does.",
            ),
            Picture(
                figures.per_class_change(change, names=pair),
                "Change of accuracy by class, with 95 % intervals (Newcombe) of each class alone.",
            ),
            sure,
        ],
    )


def _findings(ds: xr.Dataset, suffix: str) -> Section:
    found = paper_findings(ds)
    lines = [_sentence(finding_line(each)) for each in found.findings]
    return Section(
        f"The paper's findings{suffix}",
        [
            "Section 7.2 of the paper draws four conclusions by eye; here each is a statistic, a "
            "threshold and an interval.",
            *lines,
            _sentence(sample_line(found.sampling)),
        ],
        pictures=[
            Picture(
                figures.findings_intervals(found.findings),
                "Each statistic with its 95 % interval; in grey where the finding would hold.",
            )
        ],
    )


def _excitation(ds: xr.Dataset, suffix: str) -> Section:
    classes = [int(k) for k in np.flatnonzero(ds["count"].values)]
    chosen = classes[:: max(1, len(classes) // _CLASSES)][:_CLASSES]
    return Section(
        f"Excitation by class{suffix}",
        pictures=[
            Picture(
                figures.excitation_panels(ds, chosen),
                "The paper's figure 6: mean gate of 50 channels that are spread evenly (all where "
                "there are fewer), for some classes and for all. Where lines lie on each other, "
                "the block treats the classes alike.",
            ),
            Picture(
                figures.excitation_panels(ds, chosen[:2], band="classes", overall=False),
                "The paper's figure 7: two classes with one standard deviation over their images. "
                "Where bands overlap, images of a class differ as much as the classes do.",
            ),
        ],
    )


def _depth(ds: xr.Dataset, suffix: str) -> Section:
    table = pd.DataFrame(_gate_rows(ds))
    formats = dict.fromkeys(table.columns[3:], "{:.3f}") | {"channels": "{:,}"}
    pictures = []
    if int((ds["count"].values > 0).sum()) > 1 and ds["count"].values.max() > 1:
        depth = separation_by_depth(ds)
        table["median η²"] = depth["eta2"]
        formats["median η²"] = "{:.3f}"
        said = (
            "Share of a gate's variance that the class of the image explains: median over "
            "the channels of each block, with quartiles."
        )
        if hardly_varies(depth).any():
            said += (
                " Hollow points: gates that hardly vary (standard deviation under 0.001), of whose "
                "tiny variation η² is a share."
            )
        pictures.append(Picture(figures.separation_by_depth([(store_name(ds), depth)]), said))
    return Section(
        f"Gates by depth{suffix}", tables=[Table.of(table, **formats)], pictures=pictures
    )


def _gate_rows(ds: xr.Dataset) -> Iterator[dict[str, object]]:
    weights = ds["count"].values / max(ds["count"].values.sum(), 1)
    for gate in gates_of(ds):
        means = np.nan_to_num(ds[f"mean.{gate.path}"].values)
        row: dict[str, object] = {
            "gate": gate.label,
            "path": gate.path,
            "channels": gate.channels,
            "mean": float(weights @ means.mean(axis=1)),
        }
        if gate.bounded:
            shares = saturation(ds, gate.path)
            row |= {"under 0.1": shares["low"].mean(), "over 0.9": shares["high"].mean()}
        yield row


def _provenance(stores: Sequence[xr.Dataset], names: Sequence[str]) -> Section:
    facts = [_facts(ds) for ds in stores]
    rows = [(fact, *(own[fact] for own in facts)) for fact in facts[0]]
    return Section("Where the numbers come from", tables=[Table(["", *names], rows, wrapped=True)])


def _facts(ds: xr.Dataset) -> dict[str, str]:
    said = ds.attrs
    versions = read_json(said["versions"])
    skipped = read_json(said["skipped"])
    file = PurePath(said["checkpoint_file"]).name
    facts = {
        "network": said["architecture"],
        "SE block": said.get("se") or "none of ours",
        "options": said.get("options") or "{}",
        "weights": said["weights"],
        "checkpoint": f"{file} (SHA-256 {said['checkpoint'][:16]}…)" if file else "none",
        "parameters": f"{said['parameters']:,}",
        "data set": f"{said['dataset']} {said['split']}".strip(),
        "images": f"{ds.sizes['sample']:,}" + (f", {len(skipped)} unreadable" if skipped else ""),
        "limit a class": str(said["limit"] or "none"),
        "digest of the images": f"{said['dataset_digest'][:16]}…",
        "preprocessing": said["transform"],
        "collected": said["created"],
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
    }
    return {name: readable(fact) for name, fact in facts.items()}


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _share(share: Proportion) -> str:
    return (
        f"{100 * share.value:.2f} % of {share.n:,} images "
        f"(95 % interval {100 * share.low:.2f} to {100 * share.high:.2f})"
    )
