"""What flies, drives and floats, each painted on a `Scene`."""

from scene import Colour, Point, Scene

_TYRE, _RIM, _GLASS = (28, 28, 30), (170, 172, 176), (58, 74, 92)


def _clouds(scene: Scene, places: list[Point]) -> None:
    for x, y in places:
        for dx, dy, r in ((-0.12, 0.01, 0.06), (0, -0.03, 0.09), (0.12, 0.0, 0.07)):
            scene.ellipse((x + dx, y + dy), (r * 1.6, r * 0.8), (244, 247, 250), relief=0.1)


def _wheel(scene: Scene, x: float, y: float, radius: float) -> None:
    scene.ellipse((x, y), (radius, radius), _TYRE, relief=0.4)
    scene.ellipse((x, y), (radius * 0.5, radius * 0.5), _RIM, relief=0.4)


def _road(scene: Scene, horizon: float, far: Colour) -> None:
    scene.backdrop((150, 190, 230), (222, 232, 240), 0, horizon)
    scene.speckle(60, (0.09, 0.05), [far, tuple(int(v * 0.8) for v in far)], horizon - 0.1, horizon)
    scene.blur(0.012)
    scene.backdrop((136, 136, 138), (98, 98, 100), horizon)


def airplane(scene: Scene) -> None:
    scene.backdrop((86, 142, 214), (176, 208, 240))
    _clouds(scene, [(0.2, 0.88), (0.85, 0.15)])
    scene.blur(0.02)
    body, wing = (236, 238, 242), (176, 182, 192)
    scene.polygon([(0.50, 0.47), (0.62, 0.47), (0.80, 0.20), (0.73, 0.20)], wing)  # the far wing
    scene.polygon([(0.13, 0.45), (0.07, 0.24), (0.15, 0.24), (0.27, 0.44)], (40, 74, 150))  # fin
    scene.blob([(0.06, 0.47), (0.30, 0.43), (0.70, 0.42), (0.88, 0.45), (0.94, 0.50), (0.86, 0.55), (0.60, 0.57),
                (0.28, 0.54)], body, relief=1.0)
    scene.polygon([(0.12, 0.50), (0.04, 0.58), (0.10, 0.59), (0.25, 0.52)], wing)  # tail plane
    scene.polygon([(0.44, 0.53), (0.60, 0.53), (0.44, 0.84), (0.34, 0.84)], wing)  # the near wing
    scene.ellipse((0.52, 0.63), (0.07, 0.03), (90, 96, 108))
    scene.polygon([(0.86, 0.46), (0.90, 0.47), (0.91, 0.49), (0.86, 0.49)], _GLASS)
    for index in range(11):
        scene.ellipse((0.34 + 0.044 * index, 0.48), (0.010, 0.013), _GLASS, relief=0)


def automobile(scene: Scene) -> None:
    _road(scene, 0.46, (84, 120, 70))
    scene.ellipse((0.5, 0.80), (0.46, 0.05), (58, 58, 60), relief=0)
    paint = (196, 26, 30)
    scene.blob([(0.03, 0.60), (0.10, 0.50), (0.24, 0.47), (0.36, 0.32), (0.50, 0.28), (0.66, 0.30), (0.80, 0.46),
                (0.93, 0.50), (0.97, 0.62), (0.95, 0.74), (0.50, 0.77), (0.06, 0.74)], paint, relief=1.2)
    scene.polygon([(0.30, 0.47), (0.39, 0.35), (0.50, 0.33), (0.50, 0.47)], _GLASS)
    scene.polygon([(0.53, 0.47), (0.53, 0.33), (0.64, 0.35), (0.75, 0.47)], _GLASS)
    scene.line([(0.515, 0.48), (0.515, 0.72)], 0.008, (130, 14, 18), relief=0)
    scene.line([(0.06, 0.69), (0.95, 0.69)], 0.02, (120, 14, 18), relief=0)
    scene.ellipse((0.935, 0.56), (0.03, 0.025), (250, 240, 200))
    scene.ellipse((0.05, 0.57), (0.02, 0.03), (250, 120, 60))
    for x in (0.24, 0.76):
        _wheel(scene, x, 0.74, 0.10)


def ship(scene: Scene) -> None:
    scene.backdrop((150, 186, 222), (214, 226, 236), 0, 0.58)
    _clouds(scene, [(0.75, 0.14)])
    scene.backdrop((70, 112, 148), (34, 66, 100), 0.58)
    scene.speckle(160, (0.05, 0.006), [(96, 138, 170), (48, 84, 120), (130, 166, 192)], 0.60, scene.height)
    scene.blur(0.006)
    white = (238, 238, 236)
    scene.polygon([(0.28, 0.50), (0.28, 0.38), (0.70, 0.38), (0.74, 0.50)], white)
    scene.polygon([(0.33, 0.39), (0.33, 0.29), (0.60, 0.29), (0.64, 0.39)], white)
    scene.polygon([(0.40, 0.30), (0.42, 0.14), (0.52, 0.14), (0.52, 0.30)], (190, 50, 40))
    scene.line([(0.66, 0.40), (0.66, 0.12)], 0.010, (70, 70, 76))
    for y, first, count in ((0.335, 0.37, 6), (0.435, 0.32, 9)):
        for index in range(count):
            scene.ellipse((first + 0.045 * index, y), (0.013, 0.016), _GLASS, relief=0)
    scene.polygon([(0.03, 0.47), (0.97, 0.45), (0.88, 0.66), (0.10, 0.66)], (40, 46, 66), relief=1.0)
    scene.polygon([(0.085, 0.62), (0.905, 0.62), (0.88, 0.67), (0.10, 0.67)], (150, 40, 36))
    scene.speckle(40, (0.05, 0.008), [(226, 236, 242)], 0.665, 0.69)


def truck(scene: Scene) -> None:
    _road(scene, 0.60, (104, 124, 84))
    scene.ellipse((0.5, 0.84), (0.48, 0.04), (58, 58, 60), relief=0)
    scene.polygon([(0.03, 0.16), (0.66, 0.16), (0.66, 0.70), (0.03, 0.70)], (232, 232, 228))
    for index in range(1, 6):
        scene.line([(0.03 + 0.105 * index, 0.17), (0.03 + 0.105 * index, 0.69)], 0.006, (196, 196, 194), relief=0)
    scene.polygon([(0.04, 0.70), (0.96, 0.70), (0.96, 0.77), (0.04, 0.77)], (52, 52, 56))
    scene.polygon([(0.68, 0.32), (0.84, 0.30), (0.93, 0.50), (0.97, 0.54), (0.97, 0.73), (0.68, 0.73)], (34, 82, 168))
    scene.polygon([(0.74, 0.36), (0.83, 0.35), (0.90, 0.51), (0.74, 0.51)], _GLASS)
    scene.ellipse((0.95, 0.64), (0.02, 0.025), (250, 240, 200))
    for x in (0.15, 0.30, 0.83):
        _wheel(scene, x, 0.77, 0.085)
