import RecoveryService
import Testing

@testable import ManifestLint
@testable import RecoveryModel

/// Manifests as people write them, before they are judged.
@Suite struct ManifestReaderTests {
  static func read(_ text: String) throws -> [Manifest] {
    try ManifestReader.parse(text, file: "f.yaml").get()
  }

  static func failure(_ text: String) -> ManifestReadError? {
    guard case .failure(let error) = ManifestReader.parse(text, file: "f.yaml") else { return nil }
    return error
  }

  // MARK: Merges and aliases

  static let merges = """
    apiVersion: v1
    kind: ConfigMap
    x: &one {a: 1, b: 1}
    y: &two
      b: 2
      c: 2
    z:
      a: own
      <<: [*one, *two]
      d: [*two]
    w:
      "<<": text
      e: {<<: *two, c: mine}
    """

  /// Own keys before merged ones, the first of several merges before the others; lines are those of what was merged.
  @Test func mergesFollowTheirOrder() throws {
    let root = try #require(try Self.read(Self.merges).first).root
    let merged = try #require(root["z"])
    #expect(merged["a"]?.text == "own")
    #expect(merged["b"]?.text == "1")
    #expect(merged["c"]?.text == "2")
    #expect(merged.line(of: "b") == 3 && merged.line(of: "c") == 6 && merged.line(of: "a") == 8)
    #expect(root["w", "<<"]?.text == "text")
    #expect(root["w", "e", "c"]?.text == "mine" && root["w", "e", "b"]?.text == "2")
  }

  @Test(arguments: [
    ("a: &x {b: 1}\n---\nc:\n  d: *x\n", 4),
    ("a: &x {b: 1}\n---\nc: 1\ne:\n  <<: *x\n", 5),
    ("a: &x [1]\n---\nc: 2\n---\nd:\n  - 1\n  - *x\n", nil),
    ("a: 1\nb: *nothing\n", 2), ("a: 1\n<<: text\n", 2), ("a:\n  <<: [1, 2]\n", 2),
  ])
  func anAliasThatKubectlDoesNotKnowIsNamedWithItsLine(text: String, line: Int?) throws {
    let error = try #require(Self.failure(text))
    #expect(line == nil || error.line == line, "\(error)")
    #expect(error.line != nil)
  }

  @Test(arguments: ["? *a\n: 1", "*a : 1", "{*a : 1}", "[*a]: 1", "? [*a]\n: 1", "? - *a\n: 1"])
  func whatIsNoTextIsRefusedAsAKey(key: String) {
    let text = "- &a [1]\n-\n  " + key.replacing("\n", with: "\n  ")
    #expect(Self.failure(text)?.reason.contains("key") == true)
  }

  @Test func starsInOrdinaryTextAreNoAliases() throws {
    let text = """
      apiVersion: v1
      kind: ConfigMap
      data: {cron: "0 0 * * *", glob: a/*/b, "*": x}
      # ? *a
      """
    #expect(try Self.read(text).count == 1)
  }

  // MARK: Lists

  @Test func listsAreWalkedHoweverDeepTheyLie() throws {
    let text = """
      apiVersion: v1
      kind: List
      items:
      - apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Secret, metadata: {name: a}}
      - apiVersion: postgresql.cnpg.io/v1
        kind: BackupList
        items:
        - metadata: {name: b}
          spec: {cluster: {name: c}}
      """
    let found = try Self.read(text)
    #expect(found.map { "\($0.kind) \($0.name)" } == ["Secret a", "Backup b"])
    #expect(found.last?.apiVersion == "postgresql.cnpg.io/v1")
    #expect(found.last?.root.line(of: "spec", "cluster", "name") == 12)
  }

  // MARK: Variables

  @Test(arguments: [
    ("${A:=x}", "x"), ("${A:-x y}", "x y"), ("p-${A=1}-${B-2}", "p-1-2"), ("${A}", "${A}"),
    ("${A:=${B:=z}}", "z"), ("${A:0:3}", "${A:0:3}"), ("$${A:=x}", "$${A:=x}"), ("a$b", "a$b"),
    ("${A:=0 0 3 * * *}", "0 0 3 * * *"), ("${unclosed:=", "${unclosed:="), ("$", "$"),
    ("${A:=}", ""),
  ])
  func aDefaultStandsForItsVariable(text: String, expanded: String) {
    #expect(ManifestVariable.expanded(text) == expanded)
  }

  @Test(arguments: [
    ("${A}", true), ("x-${A}-y", true), ("$APP_NAME", true), ("pa$$word", false), ("$5", false),
    ("a$b", false), ("$${A}", false), ("${A^^}", true), ("", false), ("100$", false),
  ])
  func whatOnlyTheApplierKnowsIsOpen(text: String, isOpen: Bool) {
    #expect(ManifestVariable.isOpen(text) == isOpen)
  }

  /// No false error, and no pass where nobody can tell.
  @Test func variablesWithoutADefaultAreRemarks() throws {
    let text = LintTests.clean.replacing("\"0 0 3 * * *\"", with: "${SCHEDULE}")
      .replacing("instances: 3", with: "instances: ${N}")
      .replacing("storage: {size: 10Gi}", with: "storage: {size: \"${SIZE}\"}")
      .replacing("cluster: {name: auth-db}", with: "cluster: {name: \"${APP}-db\"}")
    let found = try LintTests.findings(text)
    #expect(found.allSatisfy { $0.severity == .info }, "\(found)")
    #expect(found.map(\.id) == ["schedule.invalid", "schedule.unknown-cluster"])
    #expect(found.allSatisfy { $0.message.contains("cannot be judged") })
  }

  @Test(arguments: ["${A}", "$KEY"])
  func aVariableIsNoPlainText(value: String) throws {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  k: "
    #expect(try LintTests.findings(text + value) == [])
    #expect(try LintTests.findings(text + "x" + value).map(\.id) == ["secret.plain-text"])
  }

  // MARK: Templates

  @Test(arguments: [
    ("{{- if .Values.x }}\na: 1\n{{- end }}\n", 1), ("a: 1\nb: {{ .Values.b }}\n", 2),
    ("a: 1\nb:\n  {{- toYaml .Values.b | nindent 2 }}\n", 3),
    ("# {{ not this }}\na: \"{{ nor this }}\"\nb: {{ this }}: {{ that }}\n", 3),
    ("a: 1\n{% if x %}\nb: 2\n{% endif %}\n", 2),
    (
      """
      apiVersion: postgresql.cnpg.io/v1
      kind: Backup
      metadata: {name: b}
      spec:
        cluster: {name: "{{ .Release.Name }}-db"}
      """, 5
    ),
  ])
  func aTemplateIsNamedWithItsLine(text: String, line: Int) throws {
    let error = try #require(Self.failure(text))
    #expect(error.line == line)
    #expect(error.reason.contains("template") && error.reason.contains("render it first"))
  }

  @Test(arguments: [
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: \"{{ $labels.x }}\"\n  b: |\n    {{ .y }}\n",
    "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: a, annotations: {x: '{{ .y }}'}}"
      + "\nspec:\n  bootstrap: {initdb: {postInitSQL: [\"select '{{1,2},{3,4}}'::int[]\"]}}\n",
  ])
  func bracesInTextAreNoTemplate(text: String) throws {
    #expect(try Self.read(text).count == 1)
  }
}
