import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct ConfigurationTests {
  @Test func theExampleIsValid() throws {
    let configuration = try Configuration.parse(
      ConfigurationExample.text, path: "/etc/pgvigil.yaml", engines: [Engines.descriptor])
    let cluster = try #require(configuration.clusters.first?.declaration)
    #expect(cluster.targets.retention == 2_592_000.0)
    #expect(cluster.smokeTests.count == 2)
    #expect(configuration.warnings.isEmpty)
  }

  /// A key that the table names and the reader does not know would be reported as unknown.
  @Test(arguments: ConfigurationKey.general.map(\.path))
  func theReaderKnowsEveryKeyOfTheTable(path: String) {
    let parts = path.replacing("clusters[].", with: "").replacing("smoke_tests[].", with: "")
      .split(separator: ".").map(String.init)
    let flow = parts.reversed().reduce("x") { "{\($1): \($0)}" }
    let yaml: String
    if path.contains("smoke_tests[]") {
      yaml = "clusters: [{engine: pgbackrest, smoke_tests: [\(flow)]}]"
    } else if path.hasPrefix("clusters[].") {
      yaml =
        path.hasSuffix(".engine")
        ? "clusters: [\(flow)]"
        : "clusters: [{engine: pgbackrest, \(flow.dropFirst().dropLast())}]"
    } else {
      yaml = flow
    }
    do {
      _ = try Configuration.parse(yaml, path: "c.yaml", engines: [Engines.descriptor])
    } catch {
      #expect(!error.problems.contains { $0.expected == "a known key" }, "\(error)")
    }
  }

  @Test func checkNamesFileLineAndKey() async {
    let stage = Stage()
    #expect(await stage.run("config", "check", "--config", "/nonexistent/c.yaml") == .worst)
    #expect(stage.state.answer.hasPrefix("/nonexistent/c.yaml: expected a readable YAML file"))
  }

  /// What every other command would refuse is no valid file.
  @Test func checkTellsWhatTheEngineFindsWrong() async throws {
    let path = "/tmp/pgvigil-check-\(UUID().uuidString).yaml"
    try ConfigurationExample.text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let stage = Stage()
    #expect(await stage.run("config", "check", "--config", path) == .worst)
    #expect(stage.state.answer.contains("clusters[0]: expected options that the engine"))
    #expect(stage.state.answer.contains("not in this test"))
  }
}

@Suite struct ManualTests {
  @Test func everyCommandAndOptionIsInTheManual() async throws {
    let stage = Stage()
    #expect(await stage.run("generate-manual") == .good)
    let page = stage.state.answer
    #expect(page.hasPrefix(".TH PGVIGIL 1"))
    for text in [
      "pgvigil status", "pgvigil plan backup", "pgvigil sandbox up", "\\-\\-unattended",
      ".SH EXIT STATUS", "NOT RECOVERABLE",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("operation\\-id"))
    #expect(!page.contains("sandbox keep"))
  }
}
