import Foundation
import RecoveryModel
import Testing

@testable import RecoveryService

/// A configuration whose words are right and whose things are not there.
@Suite struct ConfigurationCheckTests {
  private func problems(_ yaml: String, obstacles: [RecoveryError] = []) throws -> [String] {
    let picky = EngineDescriptor(
      id: "picky", title: "Picky",
      options: [EngineOption("bindir", .path, help: "programs")],
      check: { declaration in
        let paths = [("bindir", declaration.options["bindir"]?.string)]
        return (paths + [("drill.place", declaration.drill.place)]).compactMap { key, path in
          path.map { DeclarationFault(key: key, expected: "it", found: "no \($0)", advice: "do") }
        }
      }, make: { _, _ in throw RecoveryError(.failed, "not in this test") })
    let configuration = try Configuration.parse(
      yaml, path: "/etc/c.yaml", engines: [picky], mayFind: true)
    let check = ConfigurationCheck(
      configuration: configuration, engines: [picky],
      discoverer: Discoverer(
        engine: "found", obstacles: { _ in obstacles },
        open: { _, _ in throw RecoveryError(.failed, "not in this test") }),
      themeFault: { $0 == "dark" ? nil : "no such theme" })
    do {
      try check.run()
      return []
    } catch { return error.problems.map(\.description) }
  }

  @Test func everyThingThatIsNotThereIsNamedWithItsLine() throws {
    let yaml = """
      theme: neon
      clusters:
        - name: a
          engine: picky
          bindir: /nowhere
          ledger: /proc/version/ledger.jsonl
          drill:
            place: /nowhere/drills
      """
    #expect(
      try problems(yaml) == [
        "/etc/c.yaml:1: theme: expected a theme that there is; found no such theme",
        "/etc/c.yaml:5: clusters[0].bindir: expected it; found no /nowhere (do)",
        "/etc/c.yaml:6: clusters[0].ledger: expected a file that can be written; found"
          + " /proc/version/ledger.jsonl: Not a directory",
        "/etc/c.yaml:8: clusters[0].drill.place: expected it; found no /nowhere/drills (do)",
      ])
  }

  @Test func aKubeconfigIsLookedForWhereItIsWanted() throws {
    let obstacle = RecoveryError(.invalid, "no kubeconfig: cannot read /k", remedy: "check it")
    #expect(
      try problems("kubeconfig: /k", obstacles: [obstacle]) == [
        "/etc/c.yaml:1: kubeconfig: expected a kubeconfig to find clusters with; found no "
          + "kubeconfig: cannot read /k (check it)"
      ])
    #expect(try problems("theme: dark", obstacles: [obstacle]) == [])
  }

  @Test func directoriesThatAreMadeAreNoProblem() throws {
    let ledger = "/tmp/pgvigil-\(UUID().uuidString)/a/b.jsonl"
    #expect(
      try problems("clusters: [{name: a, engine: picky, ledger: \(ledger)}]") == [])
  }
}
