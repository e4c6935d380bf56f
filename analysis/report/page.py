"""The report as one HTML file that needs nothing else: figures, findings and provenance.

Imports no torch.
"""

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from analysis.report.sections import sections
from analysis.store import store_name
from senet_core.checkpoint import replacing
from senet_core.errors import InputError, writing


def report(stores: Sequence[xr.Dataset], out: Path) -> None:
    """Write the report of one store, or of two networks on the same images.

    Names of classes and files appear as they are: nothing in them becomes markup.

    Args:
        stores: one, or two.
        out: the file, which is replaced where it is there.

    Raises:
        InputError: for another number of stores, for two that hold different images, and where
            the file cannot be written.
    """
    if len(stores) not in (1, 2):
        raise InputError("a report is about one store, or two on the same images; give their paths")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{out} must end in .html")
    pages = Environment(
        loader=PackageLoader("analysis.report", "."), autoescape=True, undefined=StrictUndefined
    )
    text = pages.get_template("page.html").render(
        title=" and ".join(store_name(ds) for ds in stores),
        sections=sections(stores),
        plotly=get_plotlyjs(),
        made=f"{date.today().isoformat()} by SENet Lab {version('senet-lab')}",
    )
    with writing(out, otherwise="give another --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(out) as temporary:
            temporary.write_text(text, encoding="utf-8")
