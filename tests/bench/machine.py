"""What the kernel says of a process and all its descendants, and of this machine."""

import os
import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and its living descendants."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in _processes():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of a process and its descendants, the dead ones included.

    What a child used moves to its parent when it dies, so the sum never falls.
    """
    members = set(tree(root))
    return sum(ticks for pid, _, ticks in _processes() if pid in members) / TICK


def memory_bytes(root: int) -> int:
    """Memory of a process and its descendants; what they share is counted once (PSS)."""
    return sum(_pss(pid) for pid in tree(root))


def resident_bytes(pid: int) -> int:
    """What one process has in memory now; its greatest memory is reckoned from here on."""
    (PROC / str(pid) / "clear_refs").write_text("5")
    return _status(pid, "VmRSS")


def greatest_bytes(pid: int) -> int:
    """The most that one process had in memory since `resident_bytes` was asked."""
    return _status(pid, "VmHWM")


def parent(pid: int) -> int:
    """The process that started another."""
    return next(found for known, found, _ in _processes() if known == pid)


def description() -> str:
    """One line on what the figures were measured on, for whoever compares them."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("granian", "flask", "sqlalchemy"))
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python"
        f" {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages};"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )


def _processes() -> Iterator[tuple[int, int, int]]:
    """Every process: its id, its parent's, and the ticks that it and its dead children used."""
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield int(entry.name), int(fields[1]), sum(int(ticks) for ticks in fields[11:15])


def _status(pid: int, name: str) -> int:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _pss(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
