extension ProfileDocument {
  func memorySection(_ memory: Memory) -> Markup {
    "\(arena(memory))<div class=\"pair\">\n\(memoryTable(memory))\(peakTable(memory))</div>\n"
  }

  private func arena(_ memory: Memory) -> Markup {
    let chart = MemoryChart(
      blocks: memory.blocks, operatorCount: memory.operatorCount, peakBytes: memory.arenaBytes ?? peakBytes ?? 0,
      peakOperator: memory.peakOperator, peakTensors: Set(memory.peakTensors.compactMap { $0.tensor }))
    guard let drawing = chart.markup else { return "" }
    return """
      <figure>
      <figcaption><strong>The arena over one inference.</strong> Across: operators in order of execution; up: the offset of each buffer. \
      <span class="key mark"></span>tensors at the peak, <span class="key pale"></span>other tensors, <span class="key scratch"></span>\
      scratch. The number in a buffer is its size.</figcaption>
      <div class="wider" tabindex="0" role="region" aria-label="The arena over one inference">
      \(drawing)</div>
      </figure>

      """
  }

  /// What was promised beside what the system counted.
  private func memoryTable(_ memory: Memory) -> Markup {
    var table = Table("Promised and measured", [.text("Memory"), .number("Bytes"), .bar("")])
    let largest =
      [
        memory.promisedBytes, memory.highWaterBytes, memory.residentBytes, memory.fileBytes, memory.arenaBytes,
      ].compactMap { $0 }.max() ?? 1
    func add(_ title: Markup, _ bytes: Int?, _ style: String) {
      guard let bytes else { return }
      let exact: Markup = "<span title=\"\(Figures.count(bytes)) bytes\">\(Figures.bytes(bytes))</span>"
      table.add([
        Table.Cell(markup: title), Table.Cell(markup: exact),
        Table.Cell(bar: Double(bytes) / Double(max(largest, 1)), style: style),
      ])
    }
    add("Promised: file and arena", memory.promisedBytes, "mark")
    add("Arena", memory.arenaBytes, "mark")
    add("Model file, mapped", memory.fileBytes, "mark")
    add("Weights resident", memory.residentWeightBytes, "faint")
    add("Resident at the end (VmRSS)", memory.residentBytes, "faint")
    add("Largest ever resident (VmHWM)", memory.highWaterBytes, "faint")
    add("Stack", memory.stackBytes, "faint")
    if let count = memory.allocationCount {
      table.add([
        "Allocations during inference",
        Table.Cell(
          markup: count == 0
            ? "<span class=\"good\">none</span>" : "<span class=\"bad\">\(Figures.count(count))</span>"), "",
      ])
    }
    return """
      <div>
      \(table.markup)<p class="note"><span class="key mark"></span>known before running, <span class="key faint"></span>counted by the \
      system, which adds the program's code and libraries, and leaves out parts of the file that were never read.</p>
      </div>

      """
  }

  private func peakTable(_ memory: Memory) -> Markup {
    guard !memory.peakTensors.isEmpty else { return "" }
    var table = Table("What the peak holds", [.text("Tensor"), .number("Bytes"), .bar("")])
    let largest = Double(max(memory.peakTensors.map { $0.bytes }.max() ?? 0, 1))
    for item in memory.peakTensors.sorted(by: { $0.bytes > $1.bytes }) {
      let name: Markup =
        item.tensor.map {
          "<span class=\"name\" title=\"\(item.name ?? "")\">\($0)\u{A0}<bdi>\(item.name ?? "")</bdi></span>"
        }
        ?? "scratch"
      table.add([
        Table.Cell(markup: name), Table.Cell(Figures.bytes(item.bytes)), Table.Cell(bar: Double(item.bytes) / largest),
      ])
    }
    return table.markup
  }
}
