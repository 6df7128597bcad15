"""Two images of a stranger's as one of ours: decoded, laid beside each other, encoded anew.

Runs alone (`python -I image_worker.py`) in a confined process; imports nothing but Pillow. In its directory
are `0.main`, `0.candidate`, `1.main`, …, as they came; it writes `0.png`, or `0.why` in words, for each
number. Of what a file held besides its pixels (text, profiles, more images, what is after its end) nothing is
left.
"""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF")
SIDES = {"main": "main", "candidate": "this PR"}
MOST_PIXELS = 40_000_000
MOST_BYTES = 160_000
"""Twelve of them, as text of a page, are 2.6 MB."""
EDGES = (720, 520, 360, 240, 120)
GAP, LABEL = 12, 32
WHITE, INK, LINE = "#ffffff", "#3b4351", "#e3e6eb"


def main(folder: Path) -> None:
    """Every number for which there is a file, in order."""
    numbers = sorted({int(one.stem) for one in folder.iterdir() if one.suffix in {".main", ".candidate"}})
    for number in numbers:
        try:
            (folder / f"{number}.png").write_bytes(_framed(_opened(folder, number)))
        except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
            (folder / f"{number}.why").write_text(str(error)[:200] or type(error).__name__, encoding="utf-8")


def _opened(folder: Path, number: int) -> list[tuple[str, Image.Image]]:
    found = []
    for side, label in SIDES.items():
        file = folder / f"{number}.{side}"
        if file.exists():
            found.append(_decoded(label, file.read_bytes()))
    return found


def _decoded(label: str, data: bytes) -> tuple[str, Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _must_be_small(image)
            moving = ", first frame" if getattr(image, "is_animated", False) else ""
            image.seek(0)
            return f"{label}{moving}", _on_white(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise ValueError(f"{label}: no PNG, JPEG or GIF that can be read") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError(f"{label}: {error}") from error


def _must_be_small(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise ValueError(f"{image.width:,} by {image.height:,} pixels, more than {MOST_PIXELS:,}")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits of grey; a conversion alone would make everything above 255 white.
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        under = Image.new("RGBA", over.size, WHITE)
        return Image.alpha_composite(under, over).convert("RGB")
    return image.convert("RGB")


def _framed(sides: list[tuple[str, Image.Image]]) -> bytes:
    """The largest that is small enough; the smallest, whatever it takes."""
    made = b""
    for edge in EDGES:
        made = _encoded(_laid([(label, _fitted(image, edge)) for label, image in sides]))
        if len(made) <= MOST_BYTES:
            break
    return made


def _fitted(image: Image.Image, edge: int) -> Image.Image:
    smaller = image.copy()
    smaller.thumbnail((edge, edge))
    return smaller


def _laid(sides: list[tuple[str, Image.Image]]) -> Image.Image:
    """Beside each other; wide ones below each other."""
    width = max(image.width for _, image in sides)
    height = max(image.height for _, image in sides) + LABEL
    down = width > 1.5 * height
    across, rows = (1, len(sides)) if down else (len(sides), 1)
    paper = Image.new("RGB", (across * (width + GAP) + GAP, rows * (height + GAP) + GAP), WHITE)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(size=20)
    for at, (label, image) in enumerate(sides):
        x = GAP + (0 if down else at * (width + GAP))
        y = GAP + (at * (height + GAP) if down else 0)
        draw.text((x, y), label, INK, font=font)
        paper.paste(image, (x, y + LABEL))
        draw.rectangle((x - 1, y + LABEL - 1, x + image.width, y + LABEL + image.height), outline=LINE)
    return paper


def _encoded(image: Image.Image) -> bytes:
    """Of at most 256 colours, which a plot seldom has more of."""
    written = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    main(Path(sys.argv[1]))
