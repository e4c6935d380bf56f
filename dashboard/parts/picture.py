"""The one image that a page is about: an image of the store, or one's own.

It stays chosen from page to page. An image of the store is in the address (``?image=SAMPLE``); an
upload is kept in the session's memory alone and ends with it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
import xarray as xr
from PIL import Image

from analysis import uploads
from analysis.readable import readable
from analysis.store import class_slice
from dashboard.parts import escape, states
from dashboard.parts.gallery import FETCHED
from dashboard.shell import address
from dashboard.shell.hints import note_unknown
from dashboard.shell.language import _, together
from dashboard.shell.sidebar import class_names
from dashboard.sources import cached
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

PARAMETER = "image"
_STATE = "picture"  # what the session remembers, a `_Memory`
_CLASS, _NUMBER = "picture-class", "picture-number"


@dataclass(frozen=True)
class Picture:
    """An image that was chosen.

    Attributes:
        image: 8-bit grey or RGB, in its own size; an upload at most 1,024 pixels long.
        name: what to call it; plain text, which may come from a stranger.
        sample: its place in the store; None for an upload.
        label: the place of its class in the store; None where that is not known.
        digest: of its pixels, for keys of caches.
    """

    image: Image.Image
    name: str
    sample: int | None
    label: int | None
    digest: str


@dataclass
class _Memory:
    """What a session remembers of its choices.

    Attributes:
        samples: the chosen sample by data set, which several stores may share.
        upload: one's own image, which is shown instead while it is there.
        fault: a sentence on an upload that could not be read.
        uploads: how many there were: each empties the control by giving it a new key.
        opened: the image of a sample that was read last, with its key.
    """

    samples: dict[str, int]
    upload: Picture | None = None
    fault: str = ""
    uploads: int = 0
    opened: tuple[Any, Picture] | None = None


def choose_picture(store: Entry, *, unseen: bool = False) -> Picture | None:
    """Draw the controls in a row, and give what they say.

    None where there is no image: those of the store are not at hand and none was uploaded, or it
    cannot be read; a line says so.

    Args:
        store: the chosen one.
        unseen: its images can be chosen also where they are not at hand, since the page shows
            what the store alone knows of them: `chosen_sample`.
    """
    data = open_entry(store)
    memory: _Memory = st.session_state.setdefault(_STATE, _Memory({}))
    at_hand = cached.image_source(store) is not None and data.sizes["sample"] > 0
    sample = _heed_address(data, memory)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if at_hand or (unseen and data.sizes["sample"] > 0):
            _choose_sample(data, sample)
        _upload(memory)
    if not at_hand and memory.upload is None:
        _say_missing(data)
    if memory.fault:
        states.sentence(_("This file cannot be shown"), states.spoken(memory.fault))
    if memory.upload is not None:
        return memory.upload
    return _opened(store, data, sample, memory) if at_hand else None


def chosen_sample(store: Entry) -> int | None:
    """The sample that `choose_picture` stands on, images at hand or not; None for an upload."""
    memory: _Memory = st.session_state.setdefault(_STATE, _Memory({}))
    return None if memory.upload else memory.samples.get(_data_set(open_entry(store)), 0)


def _heed_address(data: xr.Dataset, memory: _Memory) -> int:
    """The chosen sample: the address's where it asks for one, else the session's."""
    asked = address.asked(PARAMETER)
    if asked is not None:
        code = asked[-1] if asked else "0"
        known = _is_place(code, data.sizes["sample"])
        memory.samples[_data_set(data)] = int(code) if known else 0
        memory.upload = None
        if not known:
            note_unknown([code], noun=_("the image"), instead=_("the page opened with the first"))
    sample = memory.samples.get(_data_set(data), 0)
    address.say(PARAMETER, [str(sample)], default=["0"])
    return sample


def _is_place(asked: str, count: int) -> bool:
    return asked.isascii() and asked.isdecimal() and len(asked) < 12 and int(asked) < count


def _choose_sample(data: xr.Dataset, sample: int) -> None:
    """Class and number within the class; the number alone where images have no class."""
    labels = data["label"].values
    classes = [int(place) for place in np.unique(labels) if place >= 0]
    first, count = 0, len(labels)
    if classes and labels[sample] >= 0:
        own = class_slice(data, int(labels[sample]))
        first, count = own.start, own.stop - own.start
        names = class_names(data)
        st.session_state[_CLASS] = int(labels[sample])
        st.selectbox(
            _("Class of the image"),
            classes,
            format_func=lambda place: names[place],
            key=_CLASS,
            on_change=_go_to_class,
            args=(data,),
            width=190,
        )
    st.session_state[_NUMBER] = sample - first + 1
    st.number_input(
        _("Image, of {count}").format(count=f"{count:,}"),
        min_value=1,
        max_value=count,
        step=1,
        key=_NUMBER,
        on_change=_go_to_number,
        args=(data, first),
        width=130,
    )


def _go_to_class(data: xr.Dataset) -> None:
    _choose(data, class_slice(data, int(st.session_state[_CLASS])).start)


def _go_to_number(data: xr.Dataset, first: int) -> None:
    _choose(data, first + int(st.session_state[_NUMBER]) - 1)


def _choose(data: xr.Dataset, sample: int) -> None:
    """Turn to a sample of the store; what was uploaded is let go."""
    memory: _Memory = st.session_state[_STATE]
    memory.samples[_data_set(data)] = sample
    _let_go(memory)


def _upload(memory: _Memory) -> None:
    """The control for one's own image; it stands in a popover, since few need it."""
    key = f"picture-upload-{memory.uploads}"
    with st.popover(_("Your own image"), icon=":material/upload:", key="picture-own"):
        st.file_uploader(
            _("JPEG, PNG, WebP or BMP, at most 8 MB"),
            type=list(uploads.SUFFIXES),
            max_upload_size=uploads.MOST_BYTES // 1024**2,
            key=key,
            on_change=_take_upload,
            args=(key,),
            help=_("It stays in the memory of this session and is never written."),
        )
    if memory.upload is not None:
        st.button(
            _("Put it away"),
            icon=":material/close:",
            on_click=_let_go,
            args=(memory,),
            help=escape.markdown(memory.upload.name),
        )


def _take_upload(key: str) -> None:
    memory: _Memory = st.session_state[_STATE]
    file = st.session_state[key]
    memory.upload, memory.fault = None, ""
    if file is None:
        return
    try:
        image = uploads.read_upload(file.getvalue(), file.name)
    except InputError as fault:
        memory.fault = str(fault)
    else:
        memory.upload = Picture(image, readable(file.name), None, None, _digest(image))


def _say_missing(data: xr.Dataset) -> None:
    said = _("The images of this store are not at hand; upload one to look at instead.")
    if data.attrs["dataset"] in FETCHED and not Path(data.attrs["root"]).is_absolute():
        command = f"`python -m senet_core fetch {data.attrs['dataset']}`"
        gets = _("{command} gets them, where the internet can be reached.")
        said = together(said, gets.format(command=command))
    st.caption(f":material/hide_image: {said}")


def _let_go(memory: _Memory) -> None:
    memory.upload, memory.fault = None, ""
    memory.uploads += 1


def _opened(store: Entry, data: xr.Dataset, sample: int, memory: _Memory) -> Picture | None:
    """The image of a sample; the last one is kept, so that a rerun reads no file."""
    key = (store.path, store.version, sample)
    if memory.opened is not None and memory.opened[0] == key:
        return memory.opened[1]
    with states.told(_("This image cannot be shown")):
        picture = stored_picture(store, sample)
        assert picture is not None
        memory.opened = (key, picture)
        return picture
    return None


def stored_picture(store: Entry, sample: int) -> Picture | None:
    """The image of a sample; None where those of the store are not at hand.

    Raises:
        InputError: where it cannot be read.
    """
    source = cached.image_source(store)
    if source is None:
        return None
    data, image = open_entry(store), source.image(sample)
    label = int(data["label"].values[sample])
    name = str(data["class"].values[label]) if label >= 0 else _name(data, sample)
    return Picture(image, name, sample, label if label >= 0 else None, _digest(image))


def _name(data: xr.Dataset, sample: int) -> str:
    """What to call an image without a class: its path, or its number."""
    return readable(str(data["path"].values[sample])) if "path" in data.coords else f"#{sample}"


def _digest(image: Image.Image) -> str:
    pixels: npt.NDArray[np.uint8] = np.asarray(image)
    return hashlib.sha256(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _data_set(data: xr.Dataset) -> str:
    return str(data.attrs["dataset_digest"])
