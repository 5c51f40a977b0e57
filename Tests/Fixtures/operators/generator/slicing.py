"""SLICE, STRIDED_SLICE, GATHER and GATHER_ND."""

import numpy as np

from .model import Model, options
from .movement import EVERY, limited

SLICE = [("image", (1, 5, 6, 3), (0, 1, 2, 0), (1, 3, 2, 3)), ("to_the_end", (4, 7), (1, 2), (-1, -1)),
         ("some_to_the_end", (3, 4, 5), (1, 0, 2), (1, -1, 3)), ("vector", (17,), (3,), (9,)),
         ("everything", (2, 3), (0, 0), (2, 3)), ("channels", (2, 2, 3, 9), (0, 0, 0, 4), (-1, -1, -1, 5)),
         ("five_dimensions", (2, 2, 3, 2, 4), (0, 1, 1, 0, 1), (2, 1, -1, 1, 2)),
         ("one_element", (5, 5), (4, 4), (1, 1))]
# label, shape, begin, end, strides, masks
STRIDED = [
    ("step_2", (1, 6, 7, 3), (0, 0, 1, 0), (1, 6, 7, 3), (1, 2, 2, 1), {}),
    ("shrink", (4, 5, 3), (1, 0, 0), (2, 5, 3), (1, 1, 1), dict(shrinkAxisMask=1)),
    ("masks", (5, 6), (2, 3), (4, 4), (1, 1), dict(beginMask=1, endMask=2)),
    ("negative_indices", (6, 7), (-4, -5), (-1, -1), (1, 2), {}),
    ("reverse", (3, 7), (0, -1), (3, -8), (1, -1), {}),
    ("reverse_masks", (5, 6), (0, 0), (0, 0), (-1, -2), dict(beginMask=3, endMask=3)),
    ("reverse_step_3", (1, 9, 4), (0, 8, 3), (1, 0, 0), (1, -3, -1), {}),
    ("clamped", (4, 5), (-10, 1), (10, 100), (1, 1), {}),
    ("shrink_last_negative", (3, 4, 5), (0, 0, -1), (3, 4, 0), (1, 1, 1), dict(shrinkAxisMask=4, endMask=3)),
    ("shrink_two", (3, 4, 5), (1, 0, 2), (2, 4, 3), (1, 1, 1), dict(shrinkAxisMask=5)),
    ("shrink_to_scalar", (5,), (3,), (4,), (1,), dict(shrinkAxisMask=1)),
    ("ellipsis", (2, 3, 4, 5), (1, 0, 1), (2, 0, 4), (1, 1, 2), dict(ellipsisMask=2)),
    ("new_axis", (3, 5), (0, 0, 1), (0, 3, 4), (1, 1, 1), dict(newAxisMask=1)),
    ("new_axis_and_ellipsis", (3, 4, 5), (0, 0, 1), (0, 0, 4), (1, 1, 1), dict(newAxisMask=1, ellipsisMask=2)),
    ("five_dimensions", (2, 3, 2, 4, 2), (0, 2, 0, 3, 0), (2, 0, 2, 0, 2), (1, -1, 1, -2, 1), {}),
    ("fewer_indices_than_axes", (4, 3, 2), (1,), (3,), (1,), {}),
]
# label, shape, indices, axis, batch dimensions
GATHER = [("rows", (5, 4), (3, 0, 3, 4), 0, 0), ("columns", (3, 7), (6, 1), 1, 0),
          ("last", (2, 3, 5), (4, 0, 2), -1, 0),
          ("middle_matrix_of_indices", (2, 4, 3), ((3, 0), (1, 1)), 1, 0), ("scalar_index", (4, 3), 2, 0, 0),
          ("vector", (17,), (16, 0, 5, 5), 0, 0), ("batch", (3, 5), ((1, 0), (4, 4), (2, 3)), 1, 1),
          ("batch_and_axis", (2, 3, 4), ((3, 1, 0), (0, 0, 2)), 2, 1),
          ("batch_negative", (2, 4, 3), ((1,), (3,)), 1, -1)]
GATHER_ND = [("rows", (5, 3), ((4,), (0,), (4,))), ("elements", (3, 4), ((2, 3), (0, 0), (1, 2))),
             ("pixels", (2, 3, 4, 5), ((1, 2, 3), (0, 0, 1))),
             ("batches", (3, 2, 4), (((0, 1), (2, 0)), ((1, 1), (1, 0)))),
             ("one", (4, 5), (2,)), ("five_dimensions", (2, 2, 2, 2, 3), ((1, 0, 1), (0, 1, 1)))]


def slice_(dtype):
    m = Model("SLICE", dtype)
    for label, shape, begin, size in limited(dtype, SLICE):
        kind = "int64" if label in ("to_the_end", "vector") else "int32"
        m.copy(label, shape, [m.index(begin, kind), m.index(size, kind)], options("SliceOptions"))
    return m


def strided_slice(dtype):
    m = Model("STRIDED_SLICE", dtype)
    for label, shape, begin, end, strides, masks in limited(dtype, STRIDED, 3):
        every = dict.fromkeys(("beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"), 0) | masks
        m.copy(label, shape, [m.index(v) for v in (begin, end, strides)], options("StridedSliceOptions", **every))
    return m


def gather(dtype):
    m = Model("GATHER", dtype)
    for label, shape, indices, axis, batch in limited(dtype, GATHER):
        kind = "int64" if label in ("columns", "vector") else "int32"
        index = m.index(indices, kind)
        if label in ("rows", "batch", "columns"):
            index = m.input(np.shape(indices), values=indices, dtype=kind)
        m.copy(label, shape, [index], options("GatherOptions", axis=axis, batchDims=batch))
    return m


def gather_nd(dtype):
    m = Model("GATHER_ND", dtype)
    for label, shape, indices in limited(dtype, GATHER_ND):
        kind = "int64" if label == "elements" else "int32"
        index = m.input(np.shape(indices), values=indices, dtype=kind) if label == "rows" else m.index(indices, kind)
        m.copy(label, shape, [index], options("GatherNdOptions"))
    return m


def models():
    return [build(dtype) for build in (slice_, strided_slice, gather, gather_nd) for dtype in EVERY]
