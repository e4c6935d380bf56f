"""Attribution: what each network looked at, pixel by pixel and gate by gate."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from analysis import figures
from analysis.figures.canvas import notice
from dashboard.attribution import glances
from dashboard.attribution.gate_shares import delta, draw_gates, draw_stored_gates
from dashboard.attribution.lookers import Looker, choose_target, lookers, true_class
from dashboard.parts import formats, states, topfive
from dashboard.parts.controls import choose_number
from dashboard.parts.pairs import outputs
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.picture import Picture, choose_picture
from dashboard.shell.language import _, marked
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices
from dashboard.shell.theme import active_theme
from dashboard.sources.background import Work, while_running
from senet_core.errors import InputError

QUICK = ("grad_cam", "input_x_gradient")
SLOW = ("integrated_gradients", "occlusion")
HEIGHT = 272
SMALL = 192  # pixels: an image with shorter sides is enlarged in squares, not blurred

TITLES = {
    "grad_cam": "Grad-CAM",
    "input_x_gradient": marked("Input × Gradient"),
    "integrated_gradients": marked("Integrated Gradients"),
    "occlusion": marked("Occlusion"),
}
CAPTIONS = {
    "grad_cam": marked("Orange speaks for the class, blue against it. Coarse: the last maps."),
    "input_x_gradient": marked(
        "Fine and noisy: a pixel's value times the gradient, its part of the logit to first order."
    ),
    "integrated_gradients": marked(
        "All pixels add up to the logit less that of a picture of the mean colour; δ is what they "
        "miss."
    ),
    "occlusion": marked("By how much the logit falls where a square is covered."),
}
HELPS = {
    "grad_cam": marked(
        "The last convolutional maps, each times the mean of its gradient, summed and enlarged "
        "(Selvaraju and others, 2017). What speaks against the class is kept, with a minus."
    ),
    "input_x_gradient": marked("Each pixel times the gradient of the class's logit at it."),
    "integrated_gradients": marked(
        "The gradient is integrated along the straight path from the mean colour to the image, "
        "with points added until the pixels add up to the difference of the two logits within 1 % "
        "(Sundararajan and others, 2017)."
    ),
    "occlusion": marked(
        "A square of an eighth of the image's side, in the mean colour, is moved over the image; "
        "each pixel has the mean over the squares that cover it. Needs no gradient."
    ),
}


def page() -> None:
    st.title(_("Attribution"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
        return
    picture = choose_picture(chosen.store, unseen=True)
    looking = lookers(chosen)
    if picture is None or not looking:
        draw_stored_gates(chosen)
    else:
        explain(chosen, picture, looking)


def explain(chosen: Choices, picture: Picture, looking: list[Looker]) -> None:
    with st.spinner(_("Loading Captum, once after the start")):
        made = importlib.import_module("dashboard.attribution.memo")
    own = looking[0].store
    sure = [glances.probabilities(who.store, picture.digest, picture) for who in looking]
    images = [glances.seen(who.store, picture.digest, picture) for who in looking]
    truth = true_class(own, picture)
    side, maps = st.columns([1.25, 4], gap="medium")
    with side:
        looked_at(images[0])
        targets = choose_target(own, truth, [int(p.argmax()) for p in sure])
        beneath = choose_number(_("Image beneath (%)"), 0, 100, key="beneath", default=55, step=5)
        for series, who in enumerate(looking):
            st.html(topfive.bars(glances.top_five(who.store, picture), who.name, series, truth))
    asked = Asked(picture, looking, targets, images, beneath / 100)
    with maps:
        quick(made, asked)
        slow(made, asked)
    draw_gates(made, chosen, picture, dict(zip((w.store for w in looking), targets, strict=True)))


class Asked:
    """What the maps are of: the picture, the networks, and the class of each."""

    def __init__(
        self,
        picture: Picture,
        looking: list[Looker],
        targets: list[int],
        images: list[np.ndarray],
        beneath: float,
    ) -> None:
        self.picture, self.looking, self.targets = picture, looking, targets
        self.images, self.beneath = images, beneath
        self.names = [
            _("{0}: {1}").format(who.name, outputs(who.store)[target])
            for who, target in zip(looking, targets, strict=True)
        ]


def looked_at(pixels: np.ndarray) -> None:
    """The image as a network sees it."""
    image = Image.fromarray(pixels)
    if max(image.size) < SMALL:
        factor = SMALL // max(image.size)
        image = image.resize([factor * side for side in image.size], Image.Resampling.NEAREST)
    said = _("As the network sees it")
    st.image(image, caption=said, alt=said, width=SMALL)


def quick(made: ModuleType, asked: Asked) -> None:
    """The methods that take a pass or two."""
    for method, place in zip(QUICK, st.columns(2, gap="medium"), strict=True):
        with place, states.told(_(TITLES[method])):
            found = [
                made.quick(who.store, asked.picture.digest, method, target, asked.picture)
                for who, target in zip(asked.looking, asked.targets, strict=True)
            ]
            draw_maps(method, asked, found)


def slow(made: ModuleType, asked: Asked) -> None:
    """The methods that take many passes, each drawn when it is there."""

    def works() -> list[list[Work]]:
        return [
            [
                made.slow(who.store, asked.picture, method, target)
                for who, target in zip(asked.looking, asked.targets, strict=True)
            ]
            for method in SLOW
        ]

    def draw() -> None:
        for method, place, own in zip(SLOW, st.columns(2, gap="medium"), works(), strict=True):
            with place:
                draw_when_done(method, asked, own)

    while_running(draw, [works()[-1][-1]])


def draw_when_done(method: str, asked: Asked, works: Sequence[Work]) -> None:
    fault = next((work.fault for work in works if work.fault), "")
    if fault:
        with states.told(_(TITLES[method])):
            raise InputError(fault)
    elif any(work.running for work in works):
        waiting = notice(_("being computed"), theme=active_theme(), height=HEIGHT)
        show_figure(panel(method, asked), waiting, pd.DataFrame)
    else:
        draw_maps(method, asked, [work.parts[0] for work in works])


def draw_maps(method: str, asked: Asked, found: list) -> None:
    figure = figures.attribution_maps(
        asked.images,
        [(name, one.map) for name, one in zip(asked.names, found, strict=True)],
        notes=[note(one) for one in found],
        beneath=asked.beneath,
        photograph=False,
        height=HEIGHT,
        theme=active_theme(),
    )
    show_figure(panel(method, asked), figure, lambda: numbers(asked, found))


def panel(method: str, asked: Asked) -> Panel:
    alt = _("{method}: a map over the image for each of {names}; orange speaks for the class.")
    return Panel(
        key=f"attribution-{method.replace('_', '-')}",
        title=_(TITLES[method]),
        caption=_(CAPTIONS[method]),
        help=_(HELPS[method]),
        alt=alt.format(method=_(TITLES[method]), names=", ".join(asked.names)),
    )


def note(found: Any) -> str:
    """Under each map: how long it took, and how exactly it adds up where it promises to."""
    took = _("{seconds} s").format(seconds=formats.number(found.seconds))
    if found.completeness is None:
        return took
    return f"{delta(found.completeness)} · {took}"


def numbers(asked: Asked, found: list) -> pd.DataFrame:
    """A row a network and pixel."""
    tables = []
    for who, one in zip(asked.looking, found, strict=True):
        row, column = (place.ravel() for place in np.indices(one.map.shape))
        values = {"row": row, "column": column, "attribution": one.map.ravel()}
        tables.append(pd.DataFrame({"network": who.name, **values}))
    return pd.concat(tables)


page()
