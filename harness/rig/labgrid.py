"""The one file that knows labgrid: holds a place of a lab for a run, and switches mains through labgrid's own drivers.

It runs alone, as `python -I labgrid.py COORDINATOR PLACE POWER SAFE`, by a Python that has labgrid: labgrid brings a
`serial` package of its own, which would overwrite the harness's. `harness.rig.lab` starts it and speaks JSON lines with
it. The first line out is the place as it was acquired:

    {"owner": "host/user", "serials": {"relay": "socket://10.0.0.7:4001"}, "power": "NetworkPowerDriver of mains"}

then each order `{"order": 1, "on": true}` (null: only read back) is answered `{"order": 1, "state": true}` (null: the
driver cannot tell), and what goes wrong `{"error": "…"}`. POWER is `-` (no mains), `*` (the only resource that can
switch them) or a resource's name; SAFE is `on` or `off`.

The end of stdin is the end of the run, however the run ended: mains that were left otherwise are brought to SAFE, and
the place is released. So a killed harness leaves no place held and no terminal in the dark.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import grpc  # type: ignore[import-untyped]
from labgrid import Target, target_factory  # type: ignore[import-not-found]
from labgrid.driver import DigitalOutputPowerDriver  # type: ignore[import-not-found]
from labgrid.protocol import DigitalOutputProtocol, PowerProtocol  # type: ignore[import-not-found]
from labgrid.remote.client import ClientSession, UserError  # type: ignore[import-not-found]
from labgrid.remote.generated import labgrid_coordinator_pb2 as said  # type: ignore[import-not-found]
from labgrid.resource import NetworkSerialPort  # type: ignore[import-not-found]
from labgrid.resource.remote import RemotePlace, RemotePlaceManager  # type: ignore[import-not-found]
from labgrid.util.proxy import proxymanager  # type: ignore[import-not-found]

WITHIN = 8
"""Seconds in which the coordinator answers, and in which a driver has switched; `harness.rig.lab` waits longer."""

HELD_WITHIN = 25
"""Seconds in which a place is acquired or released: a coordinator gives a dead exporter ten, and starting ser2net takes
half a second a port. One that is cut short leaves the place held."""


class Refused(Exception):  # noqa: N818 — it is what the harness is told
    """What cannot be done, in a sentence for the certification engineer."""


class Session(ClientSession):  # type: ignore[misc]
    """A session with the coordinator that notices when the place it holds is taken from it."""

    held = ""
    taken_by: str | None = None

    @property
    def owner(self) -> str:
        """The name under which places are acquired."""
        return f"{self.gethostname()}/{self.getuser()}"

    async def on_place_changed(self, place_pb2: Any) -> None:
        await super().on_place_changed(place_pb2)
        if place_pb2.name == self.held and place_pb2.acquired != self.owner:
            self.taken_by = place_pb2.acquired or "nobody"


class Held:
    """A place from its acquisition to its release."""

    def __init__(self, coordinator: str, name: str) -> None:
        self.name = name
        self._coordinator = coordinator
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._session = Session(coordinator, self._loop)
        self._target: Any = None

    @property
    def owner(self) -> str:
        return self._session.owner

    def acquire(self) -> None:
        """Raises Refused: no coordinator, no such place, or held by somebody else."""
        try:
            self._wait(self._session.start())
        except Exception as error:
            raise Refused("no labgrid coordinator answers there") from error
        place = self._session.places.get(self.name)
        if place is None:
            known = ", ".join(sorted(self._session.places)) or "none"
            raise Refused(f"there is no such place (places: {known})")
        if not place.acquired:
            try:
                self._session.check_matches(place)
            except UserError as error:
                raise Refused(f"it is not whole: {error.args[0]}; does its exporter run?") from error
        try:
            self._wait(self._session.stub.AcquirePlace(said.AcquirePlaceRequest(placename=self.name)), HELD_WITHIN)
        except TimeoutError as error:
            self._session.held = self.name  # perhaps; so it is released
            raise Refused(f"it could not be acquired within {HELD_WITHIN} s") from error
        except grpc.aio.AioRpcError as error:
            self._sync()
            raise Refused(self._why_not(place, error.details())) from error
        self._session.held = self.name
        self._sync()
        self._session.taken_by = None if place.acquired == self.owner else place.acquired or "nobody"
        manager = RemotePlaceManager.get()
        manager.session, manager.loop = self._session, self._loop
        self._target = Target(self.name)
        RemotePlace(self._target, name=self.name)

    def _why_not(self, place: Any, details: str) -> str:
        if place.acquired:
            free = f"labgrid-client -x {self._coordinator} -p {self.name} release-from {place.acquired}"
            return f"it is acquired by {place.acquired}; if nobody works there any more: {free}"
        taken = [
            f"{name} is held by {resource.acquired}"
            for exporter, groups in self._session.resources.items()
            for group, resources in groups.items()
            for name, resource in resources.items()
            if resource.acquired and place.hasmatch((exporter, group, resource.cls, name))
        ]
        return "; ".join([details, *taken])

    def serials(self) -> dict[str, str]:
        """Each serial port of the place by its name, as a URL for pyserial. Raises Refused if one is not there."""
        found = {}
        for port in self._target.resources:
            if isinstance(port, NetworkSerialPort):
                if not port.avail:
                    raise Refused(f"its serial port {port.name} is not there: is it plugged in?")
                host, number = proxymanager.get_host_and_port(port)
                address = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
                raw = port.protocol == "raw"
                found[port.name] = f"socket://{address}" if raw else f"rfc2217://{address}?ign_set_control"
        return found

    def mains(self, name: str) -> Any:
        """The driver that switches the mains, by the resource's name, or `*`. Raises Refused."""
        resources = [one for one in self._target.resources if name in ("*", one.name)]
        for protocol in (PowerProtocol, DigitalOutputProtocol):
            able = [(one, found[0]) for one in resources if (found := drivers(one, protocol))]
            if len(able) > 1:
                names = ", ".join(sorted(one.name for one, _ in able))
                raise Refused(f"several of its resources could switch the mains: name one as lab.power ({names})")
            if able:
                return self._driver(*able[0])
        exported = (one for one in self._target.resources if not isinstance(one, RemotePlace))
        has = ", ".join(sorted(f"{one.name}: {type(one).__name__}" for one in exported)) or "nothing"
        called = "" if name == "*" else f" named {name}"
        raise Refused(f"it has nothing{called} with which labgrid can switch mains (it has {has})")

    def _driver(self, resource: Any, cls: Any) -> Any:
        """A driver for a resource, ready to switch power. Raises Refused."""
        with limited(f"{cls.__name__} of {resource.name} cannot be used"):
            (binding,) = cls.bindings
            self._target.set_binding_map({binding: resource.name})
            driver = cls(self._target, name=resource.name)
            if not isinstance(driver, PowerProtocol):
                driver = DigitalOutputPowerDriver(self._target, name=resource.name)
            self._target.activate(driver)
        return driver

    def check(self) -> None:
        """Raises Refused if the place is no longer this run's."""
        self._sync()
        if self._session.taken_by is not None:
            raise Refused(f"it was taken from this run, and is acquired by {self._session.taken_by}")

    def is_taken(self) -> bool:
        """Whether the place is known to be no longer this run's; a coordinator that went away gives it to nobody."""
        with contextlib.suppress(Refused):
            self._sync()
        return self._session.taken_by is not None

    def release(self) -> None:
        """Give the place back, unless it was taken already. Raises Refused."""
        if self._session.held and self._session.taken_by is None:
            request = said.ReleasePlaceRequest(placename=self.name, fromuser=self.owner)
            try:
                self._wait(self._session.stub.ReleasePlace(request), HELD_WITHIN)
            except (grpc.aio.AioRpcError, TimeoutError) as error:
                raise Refused("it cannot be released: the coordinator does not answer") from error

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(Exception):
            self._wait(self._session.stop())
            self._wait(self._session.close())

    def _sync(self) -> None:
        """Hear what has happened until now. Raises Refused."""
        try:
            alive = not self._session.stopping.is_set() and self._wait(self._session.sync_with_coordinator())
        except TimeoutError:
            alive = False
        if not alive:
            raise Refused("the coordinator went away, and the place is lost")

    def _wait(self, what: Any, within: float = WITHIN) -> Any:
        async def bounded() -> Any:
            return await asyncio.wait_for(what, within)

        return self._loop.run_until_complete(bounded())


def drivers(resource: Any, protocol: type) -> list[Any]:
    """labgrid's drivers of this protocol that need this resource and nothing else."""

    def needs(driver: Any) -> bool:
        if not issubclass(driver, protocol) or len(driver.bindings) != 1:
            return False
        (wanted,) = driver.bindings.values()
        among = wanted if isinstance(wanted, set) else {wanted}
        return type(resource).__name__ in {one if isinstance(one, str) else one.__name__ for one in among}

    return [driver for driver in target_factory.drivers.values() if needs(driver)]


@contextlib.contextmanager
def limited(what: str) -> Iterator[None]:
    """Bound a driver, which may wait for its hardware as long as it likes. Raises Refused for whatever it raises."""

    def late(*_: object) -> None:
        raise TimeoutError(f"no answer within {WITHIN} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(WITHIN)
    try:
        yield
    except Exception as error:
        raise Refused(f"{what}: {error or type(error).__name__}") from error
    finally:
        signal.alarm(0)


def switch(driver: Any, on: bool | None) -> bool | None:
    """Switch (None: do not) and read back; None if the driver cannot tell. Raises Refused."""
    with limited(f"{type(driver).__name__} of {driver.name}"):
        if on is not None:
            (driver.on if on else driver.off)()
        try:
            return bool(driver.get())
        except (AttributeError, NotImplementedError):
            return None


def serve(held: Held, power: str, safe: bool, say: Callable[..., None]) -> None:
    """Acquire, carry out orders until stdin ends, leave the mains safe. Raises Refused if there is no place to hold."""
    held.acquire()
    driver = None if power == "-" else held.mains(power)
    label = "" if driver is None else f"{type(driver).__name__} of {driver.name}"
    say(owner=held.owner, serials=held.serials(), power=label)
    left = safe
    try:
        for line in sys.stdin:
            order = json.loads(line)
            try:
                held.check()
                left = left if order["on"] is None else order["on"]
                say(order=order["order"], state=switch(driver, order["on"]))
            except Refused as refused:
                say(order=order["order"], error=str(refused))
    finally:
        if left != safe and not held.is_taken():
            switch(driver, safe)


def main(coordinator: str, place: str, power: str, safe: str) -> int:
    # labgrid prints to stdout what is meant for people.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**what: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(what), file=answers, flush=True)

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    held = Held(coordinator, place)
    try:
        try:
            serve(held, power, safe == "on", say)
        finally:
            held.release()
    except Refused as refused:
        say(error=str(refused))
        return 1
    except SystemExit:
        say(error="its adapter was told to end (SIGTERM)")
        return 1
    finally:
        held.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
