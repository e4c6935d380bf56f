"""What a section of the report is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, the places of the columns that hold numbers, and whether lines may break."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    wrapped: bool = False

    @classmethod
    def of(cls, frame: pd.DataFrame, **formats: str) -> "Table":
        """A table of a frame; ``formats`` are the format strings of the numeric columns."""
        columns = [
            [formats[name].format(value) for value in frame[name]]
            if name in formats
            else [str(value) for value in frame[name]]
            for name in frame.columns
        ]
        numeric = [
            place
            for place, name in enumerate(frame.columns)
            if pd.api.types.is_numeric_dtype(frame[name])
        ]
        return cls(list(frame.columns), list(zip(*columns, strict=True)), frozenset(numeric))


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, and what there is to see in it."""

    figure: go.Figure
    caption: str

    def html(self, name: str) -> str:
        """The figure under its name in the page, without Plotly's own code, which is there once."""
        text: str = self.figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            div_id=name,  # else a random one
            config={"displaylogo": False, "responsive": True},
        )
        return text


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, then tables, then pictures."""

    title: str
    texts: Sequence[str] = ()
    tables: Sequence[Table] = field(default_factory=list)
    pictures: Sequence[Picture] = field(default_factory=list)
