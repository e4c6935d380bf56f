"""What a browser keeps of the controls on a page: their states, as they go back to the server."""

from dataclasses import dataclass

from google.protobuf.message import Message
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState

Value = str | int | float | bool | list[str] | list[float] | None

_STATES = {
    "selectbox": "string_value",
    "radio": "string_value",
    "text_input": "string_value",
    "multiselect": "string_array_value",
    "button_group": "string_array_value",
    "pagination": "int_value",
    "checkbox": "bool_value",
    "number_input": "double_value",
    "slider": "double_array_value",
}
"""The kinds of controls whose state is sent though nobody has touched them."""


@dataclass(frozen=True)
class Control:
    """A control as it was drawn.

    Attributes:
        id: Streamlit's, which ends in the control's key.
        script: the hash of the script that drew it: a page's, or the frame's around all pages.
        field: of `WidgetState`, that holds its value.
        options: the names to choose from, where it has any.
        value: what it was drawn with.
        forced: the server sets the value; else a browser keeps the one that it has.
    """

    id: str
    script: str
    field: str
    options: tuple[str, ...]
    value: Value
    forced: bool

    @property
    def key(self) -> str:
        """The key that the page gave it."""
        return self.id.split("-", 2)[-1]


def control_of(element: Element, script: str) -> Control | None:
    """The control that an element is, if it is one of those with a state."""
    kind = element.WhichOneof("type") or ""
    if kind not in _STATES:
        return None
    drawn = getattr(element, kind)
    options = _options(kind, drawn)
    return Control(
        drawn.id, script, _STATES[kind], options, _value(kind, drawn, options), drawn.set_value
    )


def state_of(control: Control, value: Value) -> WidgetState:
    """The state in which a control stands on ``value``; empty where that is nothing."""
    state = WidgetState(id=control.id)
    if isinstance(value, list):
        getattr(state, control.field).data.extend(value)
    elif value is not None:
        setattr(state, control.field, value)
    return state


def _options(kind: str, drawn: Message) -> tuple[str, ...]:
    if kind == "button_group":
        return tuple(option.content for option in drawn.options)
    if kind in ("selectbox", "radio", "multiselect"):
        return tuple(drawn.options)
    if kind == "pagination":
        return tuple(map(str, range(1, drawn.num_pages + 1)))
    return ()


def _value(kind: str, drawn: Message, options: tuple[str, ...]) -> Value:
    if kind in ("multiselect", "button_group"):
        return list(drawn.raw_values) if drawn.set_value else [options[i] for i in drawn.default]
    if kind in ("selectbox", "radio"):
        if drawn.set_value:
            return drawn.raw_value if drawn.HasField("raw_value") else None
        return options[drawn.default] if options and drawn.HasField("default") else None
    value = drawn.value if drawn.set_value else drawn.default
    return list(value) if kind == "slider" else value
