#!/usr/bin/env python3
"""Draws the JPEG files in this folder and what they decode to. Needs Pillow and numpy; made with Pillow 13.0.0.

Everything is drawn here. *.ppm and *.pgm are the pixels that Pillow (libjpeg-turbo, islow DCT) sees, upright where
the file has an orientation.
"""
import io
import pathlib
import struct

import numpy
from PIL import Image, ImageDraw, ImageOps

HERE = pathlib.Path(__file__).parent


def drawing(width, height):
    """A picture without symmetry: colour ramps, a letter-like figure, a disc, a fine grid."""
    x = numpy.arange(width)[None, :] / (width - 1)
    y = numpy.arange(height)[:, None] / (height - 1)
    ramps = numpy.stack([40 + 180 * x + 0 * y, 60 + 120 * y + 0 * x, 200 - 150 * x * y], axis=2)
    image = Image.fromarray(ramps.round().astype("uint8"))
    draw = ImageDraw.Draw(image)
    w, h = width, height
    draw.rectangle([w // 8, h // 8, w // 4, 7 * h // 8], fill=(250, 240, 20))
    draw.rectangle([w // 4, h // 8, w // 2, h // 4], fill=(250, 240, 20))
    draw.ellipse([5 * w // 8, h // 2, 7 * w // 8, 15 * h // 16], fill=(20, 30, 160))
    for column in range(9 * w // 16, 15 * w // 16, 4):
        draw.line([column, h // 16, column, 3 * h // 8], fill=(10, 10, 10))
    return image


def encode(image, **options):
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def exif(orientation, order):
    """One IFD: a tag before orientation, orientation, a tag after it."""
    entries = [(0x0100, 3, 1), (0x0112, 3, orientation), (0x0128, 3, 2)]
    body = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    for tag, kind, value in entries:
        body += struct.pack(order + "HHIHH", tag, kind, 1, value, 0)
    return b"Exif\0\0" + body + struct.pack(order + "I", 0)


def segment(data, marker):
    """Position and length (with its two marker bytes) of the first segment of that marker before the scan, or None."""
    at = 2
    while data[at + 1] not in (marker, 0xDA):
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return (at, 2 + int.from_bytes(data[at + 2:at + 4], "big")) if data[at + 1] == marker else None


def without(data, marker):
    while found := segment(data, marker):
        at, count = found
        data = data[:at] + data[at + count:]
    return data


def write(name, data, mode="RGB"):
    (HERE / f"{name}.jpg").write_bytes(data)
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert(mode)
    picture.save(HERE / f"{name}.{'pgm' if mode == 'L' else 'ppm'}")


def main():
    small, large = drawing(44, 28), drawing(320, 240)
    for orientation in range(1, 9):
        order = "<" if orientation % 2 else ">"
        write(f"orientation{orientation}", encode(small, quality=90, exif=exif(orientation, order)))
    write("gray", encode(small.convert("L"), quality=90), "L")
    write("rgb_adobe", encode(small, quality=95, keep_rgb=True))
    write("progressive", encode(small, quality=90, progressive=True))
    arrays = 255 - numpy.asarray(small)
    black = numpy.full(arrays.shape[:2] + (1,), 40, "uint8")
    cmyk = encode(Image.fromarray(numpy.concatenate([arrays, black], 2), "CMYK"), quality=95)
    write("cmyk_adobe", cmyk)
    # Pillow takes every CMYK file for Adobe's, so this one is inverted for it and then loses the marker.
    plain = without(encode(Image.fromarray(255 - numpy.concatenate([arrays, black], 2), "CMYK"), quality=95), 0xEE)
    (HERE / "cmyk_plain.jpg").write_bytes(plain)
    # Transform 2 in the Adobe marker makes the same samples YCCK.
    ycc = numpy.asarray(small.convert("YCbCr"))
    ycck = encode(Image.fromarray(255 - numpy.concatenate([ycc, black], 2), "CMYK"), quality=95)
    at, count = segment(ycck, 0xEE)
    write("ycck_adobe", ycck[:at + count - 1] + b"\2" + ycck[at + count:])
    (HERE / "no_huffman_tables.jpg").write_bytes(without(encode(small, quality=90), 0xC4))
    for name, subsampling in [("large_420", 2), ("large_444", 0)]:
        (HERE / f"{name}.jpg").write_bytes(encode(large, quality=90, subsampling=subsampling))
    for source, size in [("large_444", (97, 61)), ("orientation1", (101, 83))]:
        picture = Image.open(HERE / f"{source}.jpg").convert("RGB")
        picture.resize(size, Image.Resampling.BILINEAR).save(HERE / f"{source}_{size[0]}x{size[1]}.ppm")


if __name__ == "__main__":
    main()
