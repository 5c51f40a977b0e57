"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR in every coordinate convention."""

from .model import Model, options

# label, input, output height and width
SIZES = [
    ("double", (1, 3, 4, 3), (6, 8)), ("larger", (1, 3, 5, 2), (7, 11)), ("smaller", (1, 7, 9, 3), (4, 5)),
    ("mixed", (2, 8, 3, 5), (5, 7)), ("from_one_pixel", (1, 1, 1, 5), (3, 2)), ("to_one_pixel", (1, 5, 4, 3), (1, 1)),
]
FEW = {"larger", "smaller", "mixed"}
CONVENTIONS = {"": (False, False), "_align_corners": (True, False), "_half_pixel": (False, True)}


def resize(operator, kind, dtype):
    m = Model(operator, dtype)
    for label, shape, size in SIZES:
        for suffix, (corners, centers) in CONVENTIONS.items():
            if dtype == "int8" or (operator, dtype) == ("RESIZE_BILINEAR", "float32") or label in FEW:
                attributes = options(kind, alignCorners=corners, halfPixelCenters=centers)
                m.copy(label + suffix, shape, [m.index(size)], attributes)
    both = options(kind, alignCorners=True, halfPixelCenters=True)
    if operator == "RESIZE_NEAREST_NEIGHBOR":
        m.copy("larger_both", (1, 3, 5, 2), [m.index((7, 11))], both)
        m.copy("smaller_both", (1, 7, 9, 3), [m.index((4, 5))], both)
    else:
        q = m.quantization()
        m.node("both_conventions", [m.input((1, 3, 5, 2), *q), m.index((7, 11))], m.output(*q), both, refused=True)
    if operator == "RESIZE_BILINEAR" and m.quantized:
        m.copy("extremes", (1, 5, 5, 2), [m.index((9, 8))], options("ResizeBilinearOptions", halfPixelCenters=True),
               values=m.extremes((1, 5, 5, 2)))
    return m


def models():
    types = ("int8", "uint8", "float32")
    return [resize("RESIZE_BILINEAR", "ResizeBilinearOptions", t) for t in types] + [
        resize("RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighborOptions", t) for t in types]
