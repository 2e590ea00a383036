"""Serial ports are told by names that stay when they are plugged anew."""

from __future__ import annotations

from types import SimpleNamespace

from harness.rig.ports import Port, serial_ports


def test_a_port_is_named_by_its_socket_where_that_has_a_name(tmp_path):
    by_path = tmp_path / "by-path"
    by_path.mkdir()
    devices = [tmp_path / "ttyUSB1", tmp_path / "ttyUSB0"]
    for device in devices:
        device.touch()
    (by_path / "pci-usb-0:2").symlink_to("../ttyUSB1")
    (by_path / "pci-usbv2-0:2").symlink_to("../ttyUSB1")
    found = [SimpleNamespace(device=str(device), description=device.name) for device in devices]
    ports = serial_ports(lambda: found, by_path)
    assert ports == [
        Port(str(devices[1]), str(devices[1]), "ttyUSB0"),
        Port(str(by_path / "pci-usb-0:2"), str(devices[0]), "ttyUSB1"),
    ]
    assert str(ports[0]) == f"{devices[1]}: ttyUSB0"
    assert str(ports[1]) == f"{by_path}/pci-usb-0:2 (now {devices[0]}): ttyUSB1"


def test_a_machine_without_such_names(tmp_path):
    found = [SimpleNamespace(device="/dev/ttyS0", description="n/a")]
    assert serial_ports(lambda: found, tmp_path / "none") == [Port("/dev/ttyS0", "/dev/ttyS0", "n/a")]
    assert serial_ports(list, tmp_path / "none") == []
