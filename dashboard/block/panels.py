"""The five steps of one block as panels, in the order of the computation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import figures
from analysis.figures import Ghost
from analysis.figures.feature_maps import reach_of
from analysis.steps import Steps, by_channel
from dashboard.block import equations
from dashboard.parts import formats
from dashboard.parts.channel import pick_channel
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme

SHOWN = 12
"""Feature maps; the first screen has room for no more."""

_COLUMNS = 4


@dataclass(frozen=True)
class Look:
    """What is shown of a block.

    Attributes:
        steps: what it computed.
        channel: the chosen one.
        order: all channels, from left to right.
        ghosts: the mean gates beside this image's.
    """

    steps: Steps
    channel: int
    order: npt.NDArray[np.int64]
    ghosts: Sequence[Ghost] = ()

    @property
    def maps_shown(self) -> list[int]:
        """The strongest channels, the strongest first; the chosen one is always among them."""
        strongest = [int(place) for place in strongest_channels(self.steps, SHOWN)]
        if self.channel not in strongest:
            strongest[-1] = self.channel
        return strongest

    @property
    def reach(self) -> float:
        """Where the colours of the maps end."""
        maps = self.steps.maps
        assert maps is not None
        return reach_of(maps[self.maps_shown])


def strongest_channels(steps: Steps, count: int) -> npt.NDArray[np.int64]:
    """The ``count`` channels with most in them, the strongest first."""
    return np.argsort(-steps.strength, kind="stable")[:count]


def step_maps(look: Look) -> None:
    """1: the feature maps U."""
    steps = look.steps
    if steps.maps is None:
        st.caption(_("What this block scales cannot be seen from outside."))
        return
    panel = Panel(
        key="maps",
        title=f"1 · {_('Feature maps')} ${equations.maps(steps)}$",
        caption=_("The strongest of {count}, and the one that is followed. Click another.").format(
            count=formats.count(steps.gate.channels, "channel")
        ),
        help=_(
            "What the block takes in: a map a channel, sorted by the mean of its absolute value. "
            "Orange: positive, blue: negative, on one scale for all maps of this page."
        ),
        alt=_("Grid of {n} feature maps of {gate}, the strongest first.").format(
            n=len(look.maps_shown), gate=steps.gate.label
        ),
    )
    _maps(panel, look, steps.maps)


def step_squeeze(look: Look) -> None:
    """2: one number a channel, z."""
    steps = look.steps
    if steps.squeezed is None:
        title = _("2 · No squeeze: every position is excited by itself")
        unseen = _("2 · The squeeze of this block cannot be seen from outside")
        st.markdown(f"**{title if steps.squeeze == 'none' else unseen}**")
        return
    panel = Panel(
        key="squeeze",
        title=f"2 · {_('Squeeze')} ${equations.squeeze(steps, look.channel)}$",
        caption=_("One number is left of each map; where something was is lost."),
        help=_(
            "Equation 2: each map is averaged over its positions (or, in a variant of the block, "
            "its maximum is taken). A dashed line marks the chosen channel."
        ),
        alt=_("Bars: the squeezed value of {n} channels.").format(n=steps.gate.channels),
    )
    figure = figures.channel_bars(
        steps.squeezed,
        look.order,
        said="z",
        highlight=look.channel,
        height=132,
        theme=active_theme(),
    )
    _bars(panel, look, figure)


def step_hidden(look: Look) -> None:
    """3: the hidden layer."""
    steps = look.steps
    if steps.hidden is None:
        st.markdown(f"**{_('3 · This block has no hidden layer that can be seen')}**")
        return
    units = by_channel(steps.hidden)
    shut = int((units == 0).sum())
    panel = Panel(
        key="hidden",
        title=f"3 · {_('Bottleneck')} ${equations.hidden(steps)}$",
        caption=_("{on} of {all} units are on; ReLU shut those with a cross.").format(
            on=len(units) - shut, all=len(units)
        ),
        help=_(
            "The first layer of equation 3 brings the {channels} numbers down to {units}, and ReLU "
            "(δ) sets negative ones to 0. All that the gates know of the image is here."
        ).format(channels=steps.gate.channels, units=len(units)),
        alt=_("Bars: {n} hidden units, of which {shut} are 0.").format(n=len(units), shut=shut),
    )
    figure = figures.channel_bars(
        units,
        range(len(units)),
        said="h",
        unit=_("unit"),
        mark_zeros=True,
        height=112,
        theme=active_theme(),
    )
    table = pd.DataFrame({"unit": range(len(units)), "h": units})
    show_figure(panel, figure, lambda: table)


def step_excite(look: Look) -> None:
    """4: the gates s."""
    steps = look.steps
    panel = Panel(
        key="gates",
        title=f"4 · {_('Gates')} ${equations.excitation(steps, look.channel)}$",
        caption=_("Filled: this image. Marks: means over images, of its class and all."),
        help=_(
            "The second layer of equation 3 and its function make a gate a channel: 1 lets a map "
            "pass, 0 shuts it. The means are over the images of the store."
        ),
        alt=_("Bars: the gates of {n} channels of {gate} with the mean gates beside.").format(
            n=steps.gate.channels, gate=steps.gate.label
        ),
    )
    figure = figures.channel_bars(
        steps.channel_gates,
        look.order,
        said="s",
        ghosts=look.ghosts,
        highlight=look.channel,
        span=(0, 1.05) if steps.gate.bounded else None,
        height=196,
        theme=active_theme(),
    )
    figure.update_layout(margin_b=46)
    _bars(panel, look, figure)


def step_scale(look: Look) -> None:
    """5: the same maps, rescaled."""
    scaled = look.steps.scaled
    if scaled is None:
        return
    panel = Panel(
        key="scaled",
        title=f"5 · {_('Rescaled')} ${equations.scaling(look.steps, look.channel)}$",
        caption=_("The same maps, on the same colours: what the next layer gets."),
        help=_("Equation 4: each map times its gate."),
        alt=_("Grid of the same feature maps after scaling."),
    )
    _maps(panel, look, scaled)


def step_difference(look: Look) -> None:
    """What the scaling changed."""
    scaled, maps = look.steps.scaled, look.steps.maps
    if scaled is None or maps is None:
        return
    panel = Panel(
        key="difference",
        title=f"{_('Difference')} ${equations.difference(look.steps, look.channel)}$",
        caption=_(
            "Near the scale's 0 little changed: the gate is near 1, or the map was weak. Far from "
            "it much was held back."
        ),
        help=_("The rescaled map less the map, on the same colours."),
        alt=_("Grid of the differences that scaling made to the same feature maps."),
    )
    _maps(panel, look, scaled - maps)


def _maps(panel: Panel, look: Look, maps: npt.NDArray[np.float32]) -> None:
    shown = look.maps_shown
    figure = figures.feature_maps(
        maps[shown],
        shown,
        reach=look.reach,
        columns=_COLUMNS,
        highlight=look.channel,
        height=244,
        theme=active_theme(),
    )
    show_figure(panel, figure, lambda: _pixels(maps, shown), on_channel=pick_channel)


def _bars(panel: Panel, look: Look, figure: go.Figure) -> None:
    show_figure(panel, figure, lambda: channel_table(look), on_channel=pick_channel)


def channel_table(look: Look) -> pd.DataFrame:
    """A row a channel: z, s, the means, and how much there is in its map."""
    steps = look.steps
    table = pd.DataFrame({"channel": range(steps.gate.channels)})
    if steps.squeezed is not None:
        table["z"] = steps.squeezed
    table["s"] = steps.channel_gates
    for ghost in look.ghosts:
        table[f"mean s, {ghost.name}"] = ghost.values
    return table.assign(**{"mean |U|": steps.strength})


def _pixels(maps: npt.NDArray[np.float32], shown: Sequence[int]) -> pd.DataFrame:
    """A row a pixel of the maps that are shown."""
    _channels, height, width = maps.shape
    channel, row, column = np.meshgrid(shown, range(height), range(width), indexing="ij")
    return pd.DataFrame(
        {
            "channel": channel.ravel(),
            "row": row.ravel(),
            "column": column.ravel(),
            "value": maps[list(shown)].ravel(),
        }
    )
