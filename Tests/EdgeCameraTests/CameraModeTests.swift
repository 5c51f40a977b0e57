import Testing

@testable import EdgeCamera

@Suite struct CameraModeTests {
  private let modes = [(160, 120), (320, 240), (640, 480), (1920, 1080)].flatMap { width, height in
    [30_000, 15_000, 60_000].filter { $0 < 60_000 || width <= 640 }.map {
      CameraMode(width: width, height: height, milliHertz: $0)
    }
  }

  @Test("the smallest frames that cover the model's input are taken, as fast as they come")
  func smallest() {
    let wish = CameraMode.Wish(inputWidth: 224, inputHeight: 224)
    #expect(CameraMode.best(of: modes, for: wish) == CameraMode(width: 320, height: 240, milliHertz: 60_000))
  }

  @Test("the lowest rate that suffices is taken") func rate() {
    let wish = CameraMode.Wish(inputWidth: 224, inputHeight: 224, frameRate: 20)
    #expect(CameraMode.best(of: modes, for: wish) == CameraMode(width: 320, height: 240, milliHertz: 30_000))
  }

  @Test(
    "a size asked for is taken, or the next larger one",
    arguments: [(640, 480, 640), (641, 480, 1920), (100, 100, 160)])
  func size(width: Int, height: Int, expected: Int) {
    let wish = CameraMode.Wish(inputWidth: 224, inputHeight: 224, width: width, height: height)
    #expect(CameraMode.best(of: modes, for: wish)?.width == expected)
  }

  @Test("what no mode covers gets the largest one, and a rate that none has the fastest") func beyond() {
    let large = CameraMode.Wish(inputWidth: 4000, inputHeight: 3000)
    #expect(CameraMode.best(of: modes, for: large)?.width == 1920)
    let fast = CameraMode.Wish(inputWidth: 224, inputHeight: 224, frameRate: 240)
    #expect(CameraMode.best(of: modes, for: fast) == CameraMode(width: 320, height: 240, milliHertz: 60_000))
  }

  @Test("a camera that names no rate or no mode is no error") func silent() {
    let wish = CameraMode.Wish(inputWidth: 32, inputHeight: 32, frameRate: 30)
    let silent = CameraMode(width: 640, height: 480, milliHertz: 0)
    #expect(CameraMode.best(of: [silent], for: wish) == silent)
    #expect(CameraMode.best(of: [], for: wish) == nil)
  }
}
