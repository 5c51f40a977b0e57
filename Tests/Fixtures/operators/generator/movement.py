"""Operators that rearrange, pad or repeat: RESHAPE, SQUEEZE, EXPAND_DIMS, TRANSPOSE, the pads, BROADCAST_TO and the
exchange of depth and space. int8 sees every row, float32 most, the other types the first few."""

from .model import Model, options

EVERY = ("int8", "float32", "int32", "int64")

RESHAPE = [("flatten", (2, 3, 4, 5), (2, 60)), ("to_image", (48,), (1, 4, 4, 3)), ("minus_one", (2, 3, 7), (-1, 21)),
           ("minus_one_in_the_middle", (4, 3, 5), (2, -1, 5)), ("to_scalar", (1, 1), ()), ("same", (3, 5), (3, 5)),
           ("from_scalar", (), (1, 1, 1)), ("six_dimensions", (4, 9), (1, 2, 2, 3, 1, 3))]
SQUEEZE = [("two", (1, 3, 1, 5), (0, 2)), ("every_one", (1, 4, 1, 3, 1), ()), ("negative", (2, 1, 5, 1), (-1,)),
           ("first", (1, 2, 3), (0,)), ("to_scalar", (1, 1), ())]
EXPAND_DIMS = [("first", (3, 5), 0), ("last", (2, 3, 4), -1), ("middle", (4, 3), 1), ("before_last", (2, 5), -2),
               ("end", (7,), 1), ("scalar", (), 0)]
TRANSPOSE = [("matrix", (5, 7), (1, 0)), ("to_channels_first", (2, 3, 4, 5), (0, 3, 1, 2)), 
             ("3d", (3, 4, 5), (2, 0, 1)), ("3d_inner", (2, 7, 3), (0, 2, 1)), ("3d_outer", (2, 3, 4), (1, 0, 2)),
             ("4d_reversed", (2, 3, 1, 5), (3, 2, 1, 0)), ("vector", (9,), (0,)), ("thin", (33, 1), (1, 0)),
             ("4d_to_channels_last", (1, 3, 4, 5), (0, 2, 3, 1)), ("4d_heads", (1, 4, 3, 5), (0, 2, 1, 3)),
             ("5d", (2, 3, 1, 4, 2), (4, 2, 0, 3, 1)), ("6d", (2, 1, 3, 2, 2, 3), (5, 3, 1, 0, 4, 2)),
             ("identity", (3, 5), (0, 1)), ("wide", (17, 33), (1, 0))]
PAD = [("image", (1, 3, 4, 3), ((0, 0), (1, 1), (1, 1), (0, 0))), ("matrix", (3, 5), ((1, 2), (0, 3))),
       ("channels", (1, 2, 3, 5), ((0, 0), (0, 0), (0, 0), (2, 1))),
       ("uneven", (1, 5, 4, 2), ((0, 0), (0, 1), (2, 0), (0, 0))),
       ("all_axes", (2, 2, 3, 2), ((1, 0), (0, 2), (1, 1), (2, 1))),
       ("three_dimensions", (2, 3, 4), ((0, 1), (2, 0), (1, 1))),
       ("vector", (7,), ((3, 2),)), ("nothing", (2, 3), ((0, 0), (0, 0))),
       ("five_dimensions", (1, 2, 2, 3, 2), ((0, 1), (1, 0), (0, 0), (1, 1), (0, 2)))]
MIRROR = [("image", (1, 4, 5, 3), ((0, 0), (1, 1), (2, 2), (0, 0))), ("matrix", (4, 5), ((3, 2), (1, 4))),
          ("uneven", (1, 3, 4, 2), ((0, 0), (0, 2), (3, 0), (1, 1))), ("vector", (6,), ((5, 4),)),
          ("three_dimensions", (2, 3, 4), ((1, 0), (2, 1), (0, 3))), ("nothing", (2, 3), ((0, 0), (0, 0)))]
BROADCAST_TO = [("rows", (5,), (3, 5)), ("middle", (2, 1, 3), (2, 4, 3)), ("column", (3, 1), (3, 7)),
                ("scalar", (), (2, 3)), ("new_axes", (1, 4), (2, 3, 5, 4)), ("both_ends", (1, 3, 1), (2, 3, 4)),
                ("same", (2, 5), (2, 5)), ("five_dimensions", (2, 1, 1, 3, 1), (2, 2, 3, 3, 2)),
                ("six_dimensions", (1, 2, 1, 2, 1, 3), (2, 2, 2, 2, 2, 3))]
BLOCKS = [("two", (1, 3, 4, 8), 2), ("three", (1, 2, 3, 9), 3), ("batch_2", (2, 2, 2, 12), 2), ("one", (1, 2, 3, 4), 1),
          ("many_channels", (1, 2, 1, 68), 2)]


def limited(dtype, table, few=2):
    return table if dtype == "int8" else table[: len(table) * 2 // 3 + 1] if dtype == "float32" else table[:few]


def reshape(dtype):
    m = Model("RESHAPE", dtype)
    for label, shape, target in limited(dtype, RESHAPE):
        attributes = options("ReshapeOptions", newShape=list(target))
        m.copy(label, shape, [m.index(target)], attributes)
    if dtype in ("int8", "float32"):
        m.copy("shape_as_attribute", (3, 4), [], options("ReshapeOptions", newShape=[2, 6]))
        m.copy("shape_only_as_operand", (3, 4), [m.index((-1, 2, 3))])
    return m


def squeeze(dtype):
    m = Model("SQUEEZE", dtype)
    for label, shape, axes in limited(dtype, SQUEEZE):
        m.copy(label, shape, [], options("SqueezeOptions", squeezeDims=list(axes)))
    return m


def expand_dims(dtype):
    m = Model("EXPAND_DIMS", dtype)
    for label, shape, axis in limited(dtype, EXPAND_DIMS):
        m.copy(label, shape, [m.index(axis if label == "first" else [axis])], options("ExpandDimsOptions"))
    return m


def transpose(dtype):
    m = Model("TRANSPOSE", dtype)
    for label, shape, order in limited(dtype, TRANSPOSE):
        m.copy(label, shape, [m.index(order)], options("TransposeOptions"))
    return m


def pad(dtype):
    m = Model("PAD", dtype)
    for label, shape, widths in limited(dtype, PAD, 3):
        m.copy(label, shape, [m.index(widths, "int64" if label == "matrix" else "int32")], options("PadOptions"))
    return m


def padv2(dtype):
    m = Model("PADV2", dtype)
    for position, (label, shape, widths) in enumerate(limited(dtype, PAD, 3)):
        quantization = m.quantization()
        fill = m.operand((1,) if position % 2 else (), *quantization)
        x, y = m.input(shape, *quantization), m.output(*quantization)
        m.node(label, [x, m.index(widths), fill], y, options("PadV2Options"))
    if m.quantized:
        x, fill = m.input((2, 3), 0.1, m.code(0)), m.operand((), 0.1, m.code(1))
        m.node("fill_quantized_otherwise", [x, m.index(((1, 1), (0, 0))), fill], m.output(0.1, m.code(0)),
               options("PadV2Options"), refused=True)
    return m


def mirror_pad(dtype):
    m = Model("MIRROR_PAD", dtype)
    for label, shape, widths in limited(dtype, MIRROR):
        # REFLECT (0) leaves the edge out and so reaches one element less far than SYMMETRIC (1).
        m.copy(label + "_reflect", shape, [m.index(shorter(shape, widths))], options("MirrorPadOptions", mode=0))
        m.copy(label + "_symmetric", shape, [m.index(widths)], options("MirrorPadOptions", mode=1))
    return m


def shorter(shape, widths):
    return [[min(width, size - 1) for width in pair] for pair, size in zip(widths, shape)]


def broadcast_to(dtype):
    m = Model("BROADCAST_TO", dtype)
    for label, shape, target in limited(dtype, BROADCAST_TO):
        target = m.index(target, "int64" if label == "column" else "int32")
        m.copy(label, shape, [target], options("BroadcastToOptions"))
    return m


def depth_to_space(dtype):
    m = Model("DEPTH_TO_SPACE", dtype)
    for label, shape, block in limited(dtype, BLOCKS):
        m.copy(label, shape, [], options("DepthToSpaceOptions", blockSize=block))
    return m


def space_to_depth(dtype):
    m = Model("SPACE_TO_DEPTH", dtype)
    for label, (batch, height, width, depth), block in limited(dtype, BLOCKS):
        shape = (batch, height * block, width * block, depth // block**2)
        m.copy(label, shape, [], options("SpaceToDepthOptions", blockSize=block))
    return m


def models():
    builders = (reshape, squeeze, expand_dims, transpose, mirror_pad, broadcast_to, depth_to_space, space_to_depth)
    pads = [build(dtype) for build in (pad, padv2) for dtype in (*EVERY, "uint8")]
    return [build(dtype) for build in builders for dtype in EVERY] + pads
