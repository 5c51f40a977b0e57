import ArgumentParser
import EdgeModel
import EdgeQuant

/// What commands that run models on data have in common.
struct DataCommand {
  let console: Console
  var report = Report()

  init(_ console: Console) { self.console = console }

  /// Loads an .edge file, or converts a source in memory.
  mutating func model(_ path: String, _ preprocessing: PreprocessingChoice, labels: [UInt8]?) throws -> RunnableModel {
    let file = try Files.map(path)
    console.progress("reading \(path)")
    do {
      return try RunnableModel.load(
        file, name: path, folder: Files.folder(path), preprocessing: preprocessing, labelFile: labels,
        report: &report)
    } catch {
      throw failure(error, path)
    }
  }

  /// At most `limit` samples, evenly spaced.
  mutating func data(_ path: String, limit: Int?) throws -> Dataset {
    do {
      let data = try Dataset.open(path, report: &report)
      return limit.map(data.subset) ?? data
    } catch {
      throw failure(.data(error), path)
    }
  }

  mutating func printNotes() {
    report.notes.forEach(console.note)
    report = Report()
  }

  /// Prints an error, after the notes.
  /// - Returns: the exit code.
  mutating func failure(_ error: QuantError, _ path: String) -> ExitCode {
    printNotes()
    return console.failure(error, path)
  }
}

enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case text, csv, json
}

/// A count above 0.
struct PositiveCount: ExpressibleByArgument, CustomStringConvertible {
  let value: Int
  var description: String { "\(value)" }

  init(_ value: Int) { self.value = value }

  init?(argument: String) {
    guard let value = Int(argument), value > 0 else { return nil }
    self.value = value
  }
}
