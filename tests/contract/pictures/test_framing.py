"""Images as strangers commit them, really decoded in a confined process, and laid beside each other."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from bot.adapters.framing import PillowFramer
from bot.adapters.sandbox import Limits
from bot.evidence.figures import ImagePair
from bot.ports.pictures import Drawn

RED, BLUE = (200, 30, 30), (30, 60, 200)


def image(
    mode: str, colour: object, kind: str = "PNG", size: tuple[int, int] = (60, 40), **how: object
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **how)  # type: ignore[arg-type]
    return written.getvalue()


WHOLE = image("RGB", RED)


def framed(*pairs: tuple[bytes | None, bytes | None]) -> tuple[Drawn, ...]:
    return PillowFramer().frame(tuple(ImagePair(f"{n}.png", f"{n}", *pair) for n, pair in enumerate(pairs)))


def shown(made: Drawn) -> Image.Image:
    assert made.why == ""
    return Image.open(io.BytesIO(made.png), formats=("PNG",))


def colours(made: Drawn) -> set[tuple[int, ...]]:
    whole = shown(made).convert("RGB")
    return {colour for count, colour in whole.getcolors(1 << 20) if count > 1_000}


def header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is a few bytes."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no PNG, JPEG or GIF that can be read"),
        (b"<html><script>alert(1)</script></html>", "no PNG, JPEG or GIF that can be read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no PNG, JPEG or GIF that can be read"),
        (image("RGB", RED, "BMP"), "no PNG, JPEG or GIF that can be read"),
        (image("RGB", RED, size=(400, 400))[:150], ""),
        (image("RGB", RED, "JPEG", size=(400, 400))[:-900], ""),
        (header(60_000, 60_000), "pixels"),
        (header(10_000, 9_000), "10,000 by 9,000 pixels"),
    ],
    ids=["empty", "HTML", "SVG", "BMP", "torn PNG", "torn JPEG", "bomb", "too many pixels"],
)
def test_what_is_no_whole_image_is_a_line_of_text_and_breaks_no_other(data, why):
    broken, whole = framed((WHOLE, data), (None, WHOLE))
    assert broken.png == b""
    assert broken.why
    assert why in broken.why
    assert RED in colours(whole)


def test_main_stands_beside_the_pull_request():
    (made,) = framed((image("RGB", BLUE, size=(300, 300)), image("RGB", RED, size=(300, 300))))
    whole = shown(made).convert("RGB")
    left, right = (whole.getpixel((whole.width * part // 4, whole.height // 2)) for part in (1, 3))
    assert (left, right) == (BLUE, RED)


def test_wide_ones_stand_below_each_other():
    (made,) = framed((image("RGB", BLUE, size=(700, 100)), image("RGB", RED, size=(700, 100))))
    assert shown(made).width < 800


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (image("I;16", 0x8000), (128, 128, 128)),
        (image("CMYK", (255, 255, 0, 0), "JPEG", quality=100), (0, 0, 254)),
        (image("RGBA", (*RED, 0)), (255, 255, 255)),
        (image("LA", (10, 0)), (255, 255, 255)),
        (image("P", 0, transparency=0), (255, 255, 255)),
        (image("1", 0), (0, 0, 0)),
        (image("RGB", RED, "GIF"), RED),
    ],
    ids=["16 bits", "CMYK", "alpha", "grey alpha", "palette alpha", "black and white", "GIF"],
)
def test_every_kind_of_pixel_is_shown_in_its_colour_on_white(data, expected):
    (made,) = framed((None, data))
    found = shown(made).convert("RGB")
    there = found.getpixel((30, 60))
    assert all(abs(one - other) <= 3 for one, other in zip(there, expected, strict=True))


def test_of_a_moving_one_the_first_frame_is_shown():
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, BLUE)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    (made,) = framed((None, written.getvalue()))
    assert not shown(made).is_animated
    assert RED in colours(made)
    assert BLUE not in colours(made)


def test_nothing_but_pixels_is_left():
    hidden = WHOLE + b"<script>alert(1)</script>"
    (made,) = framed((None, hidden))
    assert b"script" not in made.png
    assert shown(made).info == {}


def test_noise_as_large_as_a_poster_is_made_small():
    noise = Image.effect_noise((4_000, 3_000), 200).convert("RGB")
    written = io.BytesIO()
    noise.save(written, "JPEG")
    (made,) = framed((written.getvalue(), written.getvalue()))
    assert len(made.png) <= 160_000
    assert shown(made).width > 300


def test_one_that_does_not_end_is_ended_and_says_so():
    (made,) = PillowFramer(Limits(seconds=0)).frame((ImagePair("a.png", "a", None, WHOLE),))
    assert made.why == "the process that reads images stopped"
