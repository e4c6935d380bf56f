"""A file that someone sends, without a browser."""

from dataclasses import dataclass


@dataclass
class Sent:
    """As `st.file_uploader` gives it."""

    name: str
    content: bytes

    def getbuffer(self):
        return memoryview(self.content)
