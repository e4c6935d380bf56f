"""The classes of the paper's figures, found by the names that ImageNet's copies give them."""

from collections.abc import Sequence

_PAPER = (
    ("goldfish", "n01443537"),
    ("pug", "n02110958"),
    ("airliner", "n02690373"),  # "plane" itself is ImageNet's name of a carpenter's tool
    ("cliff", "n09246464"),
)


def paper_classes(names: Sequence[str]) -> tuple[int, ...] | None:
    """The places of goldfish, pug, plane and cliff; None where one of them is not among ``names``.

    A name may be the first of several: ``goldfish, Carassius auratus``.
    """
    first = {name.partition(",")[0].strip().lower(): place for place, name in enumerate(names)}
    found = [next((first[word] for word in words if word in first), None) for words in _PAPER]
    places = tuple(place for place in found if place is not None)
    return places if len(places) == len(_PAPER) else None
