"""A visitor without a browser: the dashboard's protocol, spoken as Streamlit's own page speaks it.

    async with Visitor("http://127.0.0.1:8501", "excitations", "store=se") as visitor:
        await visitor.open()
        await visitor.choose("gate", "SE_3_1")
        await visitor.go("depth")

It keeps what a browser keeps: the state of each control, the address, the messages that need not be
sent again, and the clocks of the parts of a page that are drawn anew every few seconds. It draws
nothing and fetches no scripts, images or downloads, so that thousands of figures cost it little.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg, ForwardMsgMetadata
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.load.controls import Control, Value, control_of, state_of

PATIENCE = 60.0
"""Seconds after which an answer is taken for lost."""


class LostError(Exception):
    """The visitor cannot go on: the connection is gone, or no answer came."""


@dataclass
class _Kept:
    """A message that the server need not send again: the control in it, and when it was needed."""

    control: Control | None
    run: int
    fragment: str


class Visitor:
    """One session.

    Attributes:
        page: the name of the page in its address; empty for the first.
        query: what the address asks for, without its ``?``.
        pages: the pages that the server offers: Streamlit's hash of each, by its name.
        controls: those on the page, by their key.
        faults: what must not happen and did, in words.
        received: bytes.
    """

    def __init__(self, server: str, page: str = "", query: str = "") -> None:
        self.page, self.query = page, query
        self.pages: dict[str, str] = {}
        self.controls: dict[str, Control] = {}
        self.faults: list[str] = []
        self.received = 0
        self._server = server
        self._states: dict[str, WidgetState] = {}  # by the id of the control
        self._seen: set[str] = set()  # keys of the controls drawn in this run
        self._main = self._script = ""  # hashes of the frame around all pages, and of the page
        self._kept: dict[str, _Kept] = {}
        self._runs, self._oldest = 0, 0
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._gone = False

    async def __aenter__(self) -> "Visitor":
        address = self._server.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket: ClientConnection = await connect(
            address,
            origin=self._server,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],  # as a browser without a login
            compression=None,
            proxy=None,
            max_size=None,
            max_queue=None,
        )
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone = True
        self._stop_clocks()
        await self._socket.close()
        with contextlib.suppress(WebSocketException):
            await self._listener

    async def open(self) -> float:
        """Open the page of the address; seconds until it is there, as with all that follows."""
        begin = time.perf_counter()
        return await self._answered(begin, page_name=self.page)

    async def choose(self, key: str, value: Value) -> float:
        """Set a control to one of its names, or to several."""
        begin = time.perf_counter()
        await self._settled()
        control = self.controls[key]
        self._states[control.id] = state_of(control, value)
        return await self._answered(begin, page_script_hash=self._script)

    async def go(self, page: str) -> float:
        """Click on another page: its address names no choice, and its own controls start anew."""
        begin = time.perf_counter()
        await self._settled()
        self._stop_clocks()
        self.page, self.query = page, ""
        around = {control.id for control in self.controls.values() if control.script == self._main}
        self._states = {key: state for key, state in self._states.items() if key in around}
        return await self._answered(begin, page_script_hash=self.pages[page])

    def stands_on(self, key: str) -> Value:
        """What a control stands on."""
        control = self.controls[key]
        state = getattr(self._states[control.id], control.field)
        return list(state.data) if hasattr(state, "data") else state

    async def _answered(self, begin: float, **asked: str) -> float:
        """Send a request and wait for the end of the run that answers it.

        A run that goes on is waited for first, and that counts: a browser would break it off, but
        then nobody can tell which of two runs has ended.
        """
        await self._settled()
        await self._send(**asked)
        await self._settled()
        return time.perf_counter() - begin

    async def _settled(self) -> None:
        try:
            await asyncio.wait_for(self._idle.wait(), PATIENCE)
        except TimeoutError:
            raise LostError(f"no answer on {self.page or 'home'} in {PATIENCE:.0f} s") from None
        if self._gone:
            raise LostError(f"the server closed the connection on {self.page or 'home'}")

    async def _send(self, **asked: str | bool) -> None:
        self._idle.clear()
        state = ClientState(
            query_string=self.query,
            cached_message_hashes=self._kept,
            context_info=ContextInfo(
                timezone="Europe/Berlin",
                timezone_offset=-60,
                locale="en-GB",
                url=f"{self._server}/{self.page}",
                is_embedded=False,
                color_scheme="light",
            ),
            **asked,
        )
        state.widget_states.widgets.extend(self._states.values())
        with contextlib.suppress(WebSocketException):  # the listener says so
            await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _listen(self) -> None:
        try:
            async for payload in self._socket:
                self.received += len(payload)
                self._take(ForwardMsg.FromString(payload))
        finally:
            self._gone = True
            self._stop_clocks()
            self._idle.set()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._begin(message.new_session, message.metadata.run.fragment_ids)
            case "navigation":
                found = message.navigation
                self.pages = {
                    "" if p.is_default else p.url_pathname: p.page_script_hash
                    for p in found.app_pages
                }
                self._script = found.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._draw(message)
            case "ref_hash":
                self._draw_again(message.ref_hash)
            case "auto_rerun":
                self._set_clock(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self._stop_clocks(message.stop_auto_rerun.fragment_ids)
            case "script_finished":
                self._finish(message.script_finished, message.metadata)
            case "page_not_found":
                self.faults.append(f"no page {message.page_not_found.page_name}")
            case "session_event" if message.session_event.HasField("script_compilation_exception"):
                exception = message.session_event.script_compilation_exception
                self.faults.append(f"{exception.type}: {exception.message}")

    def _begin(self, session: NewSession, fragments: Iterable[str]) -> None:
        self._idle.clear()
        self._oldest = session.config.max_cached_message_age
        if not list(fragments):
            self._stop_clocks()
            self._seen = set()
            self._main, self._script = session.main_script_hash, session.page_script_hash

    def _draw(self, message: ForwardMsg) -> None:
        element: Element = message.delta.new_element
        if element.HasField("exception") and not element.exception.is_warning:
            said = f"{element.exception.type}: {element.exception.message}"
            self.faults.append(f"on {self.page or 'home'}: {said}")
        control = control_of(element, message.metadata.active_script_hash)
        if message.metadata.cacheable:
            fragment = message.delta.fragment_id
            self._kept.setdefault(message.hash, _Kept(control, self._runs, fragment))
        self._place(control)

    def _draw_again(self, known: str) -> None:
        kept = self._kept.get(known)
        if kept is None:
            self.faults.append("the server referred to a message that was not kept")
            return
        kept.run = self._runs
        self._place(kept.control)

    def _place(self, control: Control | None) -> None:
        if control is None:
            return
        self.controls[control.key] = control
        self._seen.add(control.key)
        if control.forced or control.id not in self._states:
            self._states[control.id] = state_of(control, control.value)

    def _finish(self, status: int, metadata: ForwardMsgMetadata) -> None:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return  # the next run has begun
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.faults.append(f"{self.page or 'home'} could not be compiled")
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.controls = {k: c for k, c in self.controls.items() if k in self._seen}
            there = {control.id for control in self.controls.values()}
            self._states = {key: state for key, state in self._states.items() if key in there}
        self._forget(set(metadata.run.fragment_ids))
        self._idle.set()

    def _forget(self, fragments: set[str]) -> None:
        """Let go of messages that no run has needed for long; a part's run judges its own alone."""
        self._runs += 1
        for known, kept in list(self._kept.items()):
            judged = not fragments or kept.fragment in fragments
            if judged and self._runs - kept.run > self._oldest:
                del self._kept[known]

    def _set_clock(self, fragment: str, interval: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(interval)
                if self._idle.is_set():
                    script = self._script
                    await self._send(
                        page_script_hash=script, fragment_id=fragment, is_auto_rerun=True
                    )

        self._stop_clocks([fragment])
        self._clocks[fragment] = asyncio.create_task(tick())

    def _stop_clocks(self, fragments: Iterable[str] | None = None) -> None:
        for fragment in list(self._clocks) if fragments is None else fragments:
            if clock := self._clocks.pop(fragment, None):
                clock.cancel()
