"""What figures over depth say beside themselves."""

from collections.abc import Iterable

import pandas as pd

from analysis.statistics.separation import hardly_varies
from dashboard.shell.language import _


def hollow_points(tables: Iterable[pd.DataFrame]) -> str:
    """What the hollow points mean; nothing where tables of `separation_by_depth` draw none."""
    if not any(hardly_varies(table).any() for table in tables):
        return ""
    return _(
        "Hollow points: gates that hardly vary (standard deviation under 0.001), of whose tiny "
        "variation η² is a share."
    )
