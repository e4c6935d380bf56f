"""The form that starts a collection: a checkpoint, images, how many of them, a name."""

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Literal

import streamlit as st

from analysis.weight_files import names_its_network
from dashboard.jobs.files import Job, Task
from dashboard.jobs.listed import Kind, attempt, draw_jobs, opens
from dashboard.jobs.runner import jobs
from dashboard.parts import escape, states
from dashboard.parts.controls import choose_number, choose_one
from dashboard.shell.language import _
from dashboard.shell.settings import Settings, current_settings
from dashboard.sources import served, uploads
from dashboard.sources.stores import open_entry, scan
from senet_core import list_models
from senet_core.checkpoint import read_metadata
from senet_core.data import DATASETS

FOLDER = "collected"
"""Under the runs' folder, where stores made here lie."""
RANDOM = "random"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MODEL = re.compile(r"[A-Za-z0-9][\w.:/-]{0,99}", re.ASCII)
_UPLOAD = "zoo-upload"
_CHOSEN = "checkpoint"


@dataclass(frozen=True)
class _Network:
    """What is collected from: the command's words for it, and a name for the store."""

    words: tuple[str, ...]
    stem: str


def draw_collecting(settings: Settings, network: str) -> None:
    """The form and the jobs.

    Args:
        settings: not read-only.
        network: the one chosen above, offered with random weights.
    """
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = _choose_network(settings, network)
    with right:
        images = _choose_images(settings)
        limit = choose_limit()
    if chosen is not None:
        words, data = images
        if limit:
            words = (*words, "--limit", str(limit))
        name = f"{chosen.stem.removesuffix(f'.{data}')}.{data}"
        _start(settings, chosen, words, f"{name}.{limit}" if limit else name)
    draw_jobs(Kind("collect", True, lambda job: job.task.name, _link))


def choose_limit(width: int | Literal["stretch"] = "stretch") -> int:
    """How many images of each class a job takes; 0 for all."""
    return choose_number(
        _("Images of each class, at most"),
        0,
        100_000,
        key="limit",
        default=50,
        step=10,
        field=True,
        help_text=_("The first of each class; 0 takes all. The paper took 50."),
        width=width,
    )


def _choose_network(settings: Settings, network: str) -> _Network | None:
    found = {file.name: file for file in served.checkpoints(settings)}
    name = choose_one(
        _("Checkpoint"),
        [*found, RANDOM],
        key=_CHOSEN,
        default=next((name for name in found if "se_" in name), next(iter(found), RANDOM)),
        noun=_("the checkpoint"),
        names={RANDOM: _("{network}, random weights").format(network=network)},
        help_text=_(
            "Those under the runs' folder, uploads among them, and those that come with SENet Lab."
        ),
    )
    _uploads(settings)
    if name == RANDOM:
        st.caption(_("The network chosen above, as it is before any training; seed 0."))
        return _Network(("--model", network), f"{network}.random")
    file = Path(found[name].path)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", str(Path(name).with_suffix("")).removeprefix("demo/"))
    if names_its_network(file):
        with states.told(_("This checkpoint cannot be opened")):
            st.caption(_described(file))
            return _Network(("--checkpoint", str(file)), stem)
        return None
    model = st.selectbox(
        _("The network that these weights belong to"),
        list_models(),
        index=list_models().index(network),
        accept_new_options=True,
        help=_("The file does not say. Also a network of others: timm:NAME or torchvision:NAME."),
    )
    if not model or not _MODEL.fullmatch(model):
        return None
    return _Network(("--model", model, "--weights", str(file)), stem)


def _described(file: Path) -> str:
    """What a checkpoint of ours says of itself, in a line."""
    said = read_metadata(file)
    parts = [
        str(said["architecture"]),
        *(f"{name} = {value}" for name, value in said["options"].items()),
        _("{n} classes").format(n=said["num_classes"]),
    ]
    if said.get("input_size"):
        parts.append(_("{n} × {n} pixels").format(n=said["input_size"]))
    if said.get("recipe"):
        parts.append(_("trained with the recipe {recipe}").format(recipe=said["recipe"]))
    return escape.markdown(" · ".join(parts))


def _uploads(settings: Settings) -> None:
    _remove_old(settings)
    with st.popover(_("Your own file"), icon=":material/upload:", key="zoo-own"):
        turn = st.session_state.setdefault("zoo-uploads", 0)
        key = f"{_UPLOAD}-{turn}"  # a new one after each, so that none stays in memory
        st.file_uploader(
            _("A checkpoint: .safetensors, or .pth as weights only; at most {n} MB").format(
                n=uploads.MOST_BYTES // 1024**2
            ),
            type=list(served.WEIGHTS),
            max_upload_size=uploads.MOST_BYTES // 1024**2,
            key=key,
            on_change=_take,
            args=(settings, key),
            help=_(
                "It is kept under the runs' folder, {n} files at most, for {days} days or as long "
                "as a job or a store uses it."
            ).format(n=uploads.MOST_FILES, days=uploads.MOST_DAYS),
        )
        for file in uploads.kept(settings):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escape.markdown(file.name), width="stretch")
                st.button(
                    _("Remove"),
                    icon=":material/delete:",
                    key=f"zoo-remove-{file.name}",
                    on_click=_remove,
                    args=(file, settings),
                )


def _take(settings: Settings, key: str) -> None:
    upload = st.session_state[key]
    if upload is None:
        return
    st.session_state["zoo-uploads"] += 1
    attempt(_keep, upload, settings)


def _keep(upload: uploads.Upload, settings: Settings) -> None:
    _remove_old.clear()
    _remove_old(settings)
    file = uploads.keep(upload, settings)
    served.checkpoints.clear()
    st.session_state[_CHOSEN] = file.relative_to(settings.runs).as_posix()


@st.cache_resource(ttl="1d", show_spinner=False)
def _remove_old(settings: Settings) -> None:
    """Once a day, at a start of the server, and before one more is kept."""
    words = {word for job in jobs(settings).all() for word in job.task.words}
    files = {open_entry(entry).attrs["checkpoint_file"] for entry in scan(settings).entries}
    uploads.remove_old(settings, {PureWindowsPath(file).name for file in words | files})


def _remove(file: Path, settings: Settings) -> None:
    uploads.remove(file, settings)
    served.checkpoints.clear()


def _choose_images(settings: Settings) -> tuple[tuple[str, ...], str]:
    """The command's words for the images, and a name for them."""
    folders = {f"{folder.name}/": folder for folder in served.image_folders(settings)}
    name = choose_one(
        _("Images"),
        [*DATASETS, *folders],
        key="images",
        default=next(iter(DATASETS)),
        noun=_("the images"),
        help_text=_(
            "Test images of a known data set, which is fetched first where it is not there and "
            "the internet can be reached; or a folder under the runs' folder, with a folder a "
            "class or without classes."
        ),
    )
    if name in folders:
        folder = folders[name]
        return ("--images", folder.path), re.sub(r"[^A-Za-z0-9]+", "-", folder.name).strip("-")
    return ("--dataset", name), name


def _start(settings: Settings, chosen: _Network, images: tuple[str, ...], name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = st.text_input(
            _("Name of the store"),
            value=name[:100],
            key=f"zoo-name-{name}",
            width="stretch",
            help=_("Letters, digits, dots, hyphens and underscores."),
        )
        sound = bool(_NAME.fullmatch(given or ""))
        called = given if sound else "unnamed"
        out = settings.runs / FOLDER / f"{called}.zarr"
        words = ("collect", *chosen.words, *images, "--out", str(out))
        task = Task("collect", called, words, str(out.resolve()))
        st.button(
            _("Collect"),
            icon=":material/play_arrow:",
            type="primary",
            disabled=not sound,
            key="zoo-collect",
            on_click=attempt if sound else None,  # a browser may send a click all the same
            args=(jobs(settings).add, task),
        )
    if not sound:
        st.caption(_("Give the store a name of letters, digits, dots, hyphens and underscores."))


def _link(job: Job) -> None:
    """What opens the store of a job that is done."""
    name = opens(scan(current_settings()), job.task.out)
    if name is not None:
        st.page_link(
            "views/excitations.py",
            label=_("Open its store"),
            icon=":material/arrow_forward:",
            query_params={"store": name},
        )
