"""Images that a pipeline made, laid beside each other by Pillow in a process that has nothing to take."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from bot.adapters import image_worker
from bot.adapters.sandbox import GIB, Limits, Room, run_confined
from bot.evidence.figures import ImagePair
from bot.ports.pictures import Drawn

USUAL = Limits(seconds=60, processor_seconds=60, memory=2 * GIB, file=64 << 20)


class PillowFramer:
    """Implements Framer. Decoded without credentials and, where the kernel lets us, without a network."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits

    def frame(self, pairs: tuple[ImagePair, ...]) -> tuple[Drawn, ...]:
        """One picture for each; those after one that stopped the process say so."""
        if not pairs:
            return ()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            worker = Path(shutil.copy(image_worker.__file__, folder))
            for number, pair in enumerate(pairs):
                _put(folder, number, pair)
            command = shlex.join([sys.executable, "-I", str(worker), str(folder)])
            run_confined(command, Room(folder, folder, Path(sys.prefix)), self._limits)
            return tuple(_made(folder, number) for number in range(len(pairs)))


def _put(folder: Path, number: int, pair: ImagePair) -> None:
    for side, data in (("main", pair.main), ("candidate", pair.candidate)):
        if data is not None:
            (folder / f"{number}.{side}").write_bytes(data)


def _made(folder: Path, number: int) -> Drawn:
    png, why = folder / f"{number}.png", folder / f"{number}.why"
    if why.is_file():
        return Drawn(why=why.read_text(encoding="utf-8", errors="replace")[:200])
    if not png.is_file():
        return Drawn(why="the process that reads images stopped")
    return Drawn(png=png.read_bytes())
