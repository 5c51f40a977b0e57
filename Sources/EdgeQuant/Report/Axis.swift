/// Round numbers over a range, in a unit that suits them.
struct Axis {
  /// What a label divides numbers by, and what it adds.
  struct Unit {
    let size: Double
    let name: String
  }

  let unit: Unit
  private let ticks: Ticks
  private let places: Int

  /// - Parameters:
  ///   - units: from small to large; the largest that is not above the range's end is taken.
  ///   - isWhole: between its round numbers there is nothing.
  init(_ lower: Double, _ upper: Double, _ units: [Unit], isWhole: Bool = false) {
    let unit = units.last { $0.size <= upper } ?? units[0]
    let ticks = Ticks(lower / unit.size, upper / unit.size)
    var (places, step) = (0, ticks.values.count > 1 ? ticks.values[1] - ticks.values[0] : 1)
    while step < 0.999, places < 9, !isWhole { (places, step) = (places + 1, step * 10) }
    (self.unit, self.ticks, self.places) = (unit, ticks, places)
  }

  /// Of milliseconds.
  static let latency = [
    Unit(size: 1e-6, name: "ns"), Unit(size: 1e-3, name: "µs"), Unit(size: 1, name: "ms"), Unit(size: 1e3, name: "s"),
  ]
  /// Of seconds.
  static let duration = [Unit(size: 1, name: "s"), Unit(size: 60, name: "min"), Unit(size: 3600, name: "h")]
  static let bytes = [
    Unit(size: 1, name: "B"), Unit(size: 1e3, name: "kB"), Unit(size: 1e6, name: "MB"), Unit(size: 1e9, name: "GB"),
  ]

  static func plain(_ name: String) -> [Unit] { [Unit(size: 1, name: name)] }

  var values: [Double] { ticks.values.map { $0 * unit.size } }

  /// 0...1 over the axis, which ends at its first and last value.
  func position(_ value: Double) -> Double { ticks.position(value / unit.size) }

  /// Without the unit.
  func number(_ value: Double) -> String { value == 0 ? "0" : Figures.typeset(value / unit.size, places) }

  func label(_ value: Double) -> String { number(value) + (unit.name.isEmpty ? "" : "\u{A0}\(unit.name)") }
}
