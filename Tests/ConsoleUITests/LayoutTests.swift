import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@Suite("What must not get lost")
struct LayoutTests {
  private static func lines(_ state: AppState) -> [String] {
    let frame = FrameGolden.frame(state)
    return (0..<frame.height).map { y in (0..<frame.width).map { frame[$0, y].glyph.text }.joined()
    }
  }

  private static func state(_ cluster: ClusterSnapshot, _ columns: Int, _ rows: Int) -> AppState {
    var state = AppState(columns: columns, rows: rows, now: Fixture.date)
    FrameScenarios.show(cluster, in: &state)
    return state
  }

  @Test("a schedule's own time counts before how often a backup is expected")
  func theScheduledBackup() {
    var cluster = Scene.proven
    cluster.report.nextBackup = Fixture.date.addingTimeInterval(2 * 3600 + 60)
    let scheduled = Self.lines(Self.state(cluster, 80, 24)).first { $0.contains("scheduled") }
    #expect(scheduled?.contains("next    in 2h 01m") == true, "\(scheduled ?? "no line")")
    cluster.report.nextBackup = nil
    #expect(Self.lines(Self.state(cluster, 80, 24)).contains { $0.contains("due in ") })
  }

  @Test("an instance's name keeps twelve columns at any width", arguments: 60...240)
  func namesStay(width: Int) {
    var cluster = Scene.proven
    cluster.report.instances = Fixture.observed(
      Fixture.instances().map { instance in
        var instance = instance
        instance.name = "abcdefghijkl"
        instance.lsn = LSN(0xFFFF_FFFF_FFFF_FF00)
        return instance
      })
    for press in [[], [Key.enter]] as [[Key]] {
      var state = Self.state(cluster, width, 60)
      for key in press { FrameScenarios.press(key, in: &state) }
      #expect(Self.lines(state).filter { $0.contains("abcdefghijkl") }.count >= 3, "\(press)")
    }
  }

  @Test("the worst finding's remedy is its second line", arguments: [1, 2, 3, 6])
  func remedyShows(count: Int) {
    var cluster = Fixture.gapCluster()
    cluster.findings = [
      Finding(
        id: "backup.gap", severity: .critical, headline: "There is no base backup", evidence: [],
        remedy: "Take a base backup: pgvigil backup auth-db", ceiling: .notRecoverable)
    ]
    for index in 1..<6 {
      cluster.findings.append(
        Finding(
          id: "info.\(index)", severity: .info, headline: "Something else \(index)", evidence: [],
          remedy: "Never mind", ceiling: .proven))
    }
    cluster.findings = Array(cluster.findings.prefix(count))
    for (columns, rows) in [(80, 24), (200, 60)] {
      let lines = Self.lines(Self.state(cluster, columns, rows))
      #expect(lines[2].contains("There is no base backup"))
      #expect(lines[3].contains("Take a base backup: press b"))
    }
  }

  @Test("findings are told in full")
  func headlinesWrap() {
    var cluster = Fixture.gapCluster()
    let headline = (1...30).map { "word\($0)" }.joined(separator: " ")
    cluster.findings = [Fixture.finding(headline: headline)]
    var state = Self.state(cluster, 80, 24)
    FrameScenarios.press("f", in: &state)
    let text = Self.lines(state).dropFirst(3).joined(separator: " ")
    for number in 1...30 { #expect(text.contains("word\(number)")) }
  }

  @Test("read-only refuses every key and palette entry that acts", arguments: ["b", "B", "v", "x"])
  func readOnly(key: String) {
    var state = Self.state(Scene.drilling, 80, 24)
    state.readOnly = "the configuration says read_only"
    for character in key { #expect(update(&state, .keyPressed(.character(character))) == []) }
    #expect(state.dialog == nil)
    #expect(state.notices.last?.text.contains("read_only") == true)
    for command in ["backup", "backup full", "backup-kind", "drill", "cancel"] {
      FrameScenarios.press(":" + command, in: &state)
      #expect(update(&state, .keyPressed(.enter)) == [], "\(command)")
      #expect(state.dialog == nil, "\(command)")
    }
    #expect(!Self.lines(state)[22].contains("cancels"))
  }

  @Test("an ended operation opens by Enter and closes by Esc")
  func endedOperation() {
    var state = Self.state(Scene.drilled, 80, 24)
    FrameScenarios.press("o", in: &state)
    FrameScenarios.press(.enter, in: &state)
    #expect(state.screen == .ended("d4"))
    #expect(Self.lines(state).contains { $0.contains("smoke test") })
    FrameScenarios.press(.escape, in: &state)
    #expect(state.screen == .operations)
  }

  @Test("a wallboard without a base backup does not speak of seconds")
  func wallboardLosesAll() {
    func roles(_ cluster: ClusterSnapshot) -> Set<Role> {
      var state = Self.state(cluster, 200, 60)
      FrameScenarios.press("w", in: &state)
      let frame = FrameGolden.frame(state)
      let lines = Self.lines(state)
      let caption = lines.firstIndex { $0.contains("RPO") } ?? 0
      let cells = (caption + 1..<caption + 6).flatMap { y in (2..<48).map { frame[$0, y] } }
      return Set(cells.filter { $0.glyph != .blank }.map(\.role))
    }
    #expect(roles(Fixture.gapCluster()) == [.critical])
    #expect(!roles(Scene.proven).contains(.critical))
  }

  @Test("dead drills that were cleared away are told of")
  func reapedDrills() {
    var state = Self.state(Scene.proven, 80, 24)
    let clean = ReapedDrill(id: "d8", record: nil, removed: ["a directory"], remaining: [])
    let stuck = ReapedDrill(id: "d9", record: nil, removed: [], remaining: ["/var/tmp/pgvigil/d9"])
    #expect(update(&state, .drillsReaped([clean, stuck])) == [])
    #expect(state.notices.map(\.role) == [.notice, .warning])
    #expect(state.notices.last?.text.contains("/var/tmp/pgvigil/d9") == true)
  }

  @Test("the first answers are no change of a verdict")
  func openingIsSilent() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    var pending = Scene.proven
    pending.report = EngineReport()
    pending.verdict = .unknown
    _ = update(&state, .snapshotArrived(Fixture.fleet([pending])))
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 2)))
    #expect(state.notices.isEmpty)
  }

  @Test("the answer is never cut in the middle of the last restore", arguments: 40...120)
  func answerIsWhole(width: Int) {
    let line = Self.lines(Self.state(Scene.proven, width, 24))[1]
    #expect(!line.contains("restored") || line.contains("restored 8h 00m ago"))
  }

  @Test("a base backup's label file is no sign of a silent archive")
  func labelFileIsArchived() {
    var cluster = Scene.proven
    var archive = Fixture.archiveStatus()
    archive.lastArchivedSegment = nil
    archive.lastArchivedAt = Fixture.ago(4)
    cluster.report.archive = Fixture.observed(archive)
    let text = Self.lines(Self.state(cluster, 80, 24)).joined()
    #expect(text.contains("archiving") && !text.contains("nothing yet"))
  }
}
