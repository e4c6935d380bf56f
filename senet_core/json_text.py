"""JSON that others wrote."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """What `json.loads` gives.

    Raises:
        ValueError: where it is no JSON, also where it is nested too deeply to be read at all.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
