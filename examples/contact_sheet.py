"""Puts the pictures of a folder on one sheet; without a folder it draws some of its own.

    pawl run examples/contact_sheet.py [FOLDER] [-o sheet.png]
"""
import argparse
import colorsys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

TILE = 160
MARGIN = 12


def waves(seed):
    """A picture of interfering waves, so that the example needs no pictures of others."""
    y, x = np.mgrid[0:TILE * 2, 0:TILE * 2] / (TILE * 2)
    field = np.sin((3 + seed) * x * 6.3) + np.sin((5 - seed) * (x + y) * 6.3) + np.sin(9 * y * y)
    light = (field - field.min()) / np.ptp(field)
    tint = np.array(colorsys.hsv_to_rgb(seed / 6, 0.6, 1.0))
    return Image.fromarray((light[..., None] * tint * 255).astype("uint8"), "RGB")


def main():
    arguments = argparse.ArgumentParser(description="Makes a contact sheet.")
    arguments.add_argument("folder", nargs="?")
    arguments.add_argument("-o", "--output", default=Path(tempfile.gettempdir()) / "contact_sheet.png")
    options = arguments.parse_args()

    if options.folder:
        paths = sorted(p for p in Path(options.folder).iterdir()
                       if p.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"})
        pictures = [(path.name, Image.open(path).convert("RGB")) for path in paths]
    else:
        pictures = [(f"waves {seed}", waves(seed)) for seed in range(6)]
    if not pictures:
        arguments.error("there are no pictures in that folder")

    columns = min(3, len(pictures))
    rows = -(-len(pictures) // columns)
    step = TILE + MARGIN
    sheet = Image.new("RGB", (columns * step + MARGIN, rows * (step + 14) + MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(pictures):
        left = MARGIN + index % columns * step
        top = MARGIN + index // columns * (step + 14)
        picture.thumbnail((TILE, TILE))
        sheet.paste(picture, (left, top))
        draw.text((left, top + TILE + 1), name, fill="black")
    sheet.save(options.output)
    print(f"{len(pictures)} pictures on a sheet of {sheet.width} x {sheet.height}: {options.output}")


if __name__ == "__main__":
    main()
