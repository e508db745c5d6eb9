import FoundationEssentials
import RecoveryModel
import TestSupport

/// Fleets of many clusters.
enum FleetScene {
  /// Contexts and namespaces in turn; of ten clusters one is lost, one at risk, one unknown, two are likely and the
  /// others proven.
  static func fleet(_ count: Int, generation: UInt64 = 1) -> FleetSnapshot {
    let contexts = ["prod-eu", "prod-us", "staging"]
    let namespaces = ["shop", "billing", "auth", "warehouse"]
    return Fixture.fleet(
      (0..<count).map { index in
        let context = contexts[index % contexts.count]
        let namespace = namespaces[index / 3 % namespaces.count]
        let place = ClusterPlace(context: context, namespace: namespace, name: "pg-\(1000 + index)")
        return cluster(place, kind: index % 10)
      }, generation: generation)
  }

  /// Of each kind one after the other: at risk, proven, unknown, lost, without news, likely,
  /// restarting, with a hole, with an operation; then the same again.
  static func mixed(_ count: Int, generation: UInt64 = 1) -> FleetSnapshot {
    Fixture.fleet(
      (0..<count).map { index in
        let place = ClusterPlace(
          context: index % 2 == 0 ? "prod-eu" : "prod-us", namespace: "shop",
          name: "pg-\(1000 + index)")
        var cluster = cluster(place, kind: [1, 6, 2, 0, 7, 3, 5, 8, 9][index % 9])
        switch index % 9 {
        case 4: cluster.takenAt = Fixture.ago(300)
        case 7:
          cluster.verdict = .atRisk
          cluster.window = Scene.hole.window
          cluster.findings = Scene.hole.findings
        case 8:
          cluster.operation = Scene.drilling.operation
        default: break
        }
        return cluster
      }, generation: generation)
  }

  private static func cluster(_ place: ClusterPlace, kind: Int) -> ClusterSnapshot {
    let name = "\(place.context)/\(place.namespace)/\(place.name)"
    var cluster = Fixture.cloudNativePGCluster(place, name: name, verdict: .proven, findings: [])
    cluster.projection = Fixture.projection()
    switch kind {
    case 0: lose(&cluster)
    case 1: endanger(&cluster)
    case 2: silence(&cluster)
    case 3, 4:
      cluster.verdict = .likely
      cluster.drills = []
      cluster.findings = [
        Fixture.finding(
          "drill.never", severity: .warning, headline: "No drill has ever restored this cluster",
          ceiling: .likely)
      ]
    case 5:
      cluster.report.activities = [
        ClusterActivity(
          kind: .rollingRestart, sentence: "servers are restarted one after the other",
          since: Fixture.ago(240))
      ]
      cluster.report.instances = Fixture.observed(
        (cluster.report.instances.value ?? []).enumerated().map { index, instance in
          var instance = instance
          if index == 2 { instance.state = .startingUp }
          return instance
        })
    default: break
    }
    return cluster
  }

  private static func lose(_ cluster: inout ClusterSnapshot) {
    cluster.verdict = .notRecoverable
    cluster.findings = [Fixture.finding()]
    cluster.report.backups = Fixture.observed(BackupCatalog(backups: []))
    cluster.drills = []
    cluster.projection = nil
    cluster.window = RecoveryWindow()
  }

  private static func endanger(_ cluster: inout ClusterSnapshot) {
    cluster.verdict = .atRisk
    cluster.findings = [
      Fixture.finding(
        "archive.failing", headline: "Archiving has failed for 21m: 9 segments wait",
        ceiling: .atRisk)
    ]
    cluster.exposure = RPOExposure(bytes: 148 << 20, seconds: 1265, segments: 9, isUpperBound: true)
    cluster.projection = Fixture.projection(expected: 5400)
    cluster.report.instances = Fixture.observed(
      (cluster.report.instances.value ?? []).map { instance in
        var instance = instance
        if instance.name.hasSuffix("3") { instance.state = .unreachable(reason: "it has no pod") }
        return instance
      })
  }

  private static func silence(_ cluster: inout ClusterSnapshot) {
    cluster.verdict = .unknown
    cluster.findings = [
      Fixture.finding(
        "part.unavailable:archive", severity: .warning,
        headline: "The archiver's state is not known: not allowed to get pods/proxy",
        ceiling: .unknown)
    ]
    cluster.report.archive = Fixture.unavailable("archive")
    cluster.exposure = nil
  }

  static let notices: [FleetNotice] = [
    FleetNotice(
      subject: "staging", severity: .info,
      text: "its certificate is not checked (insecure-skip-tls-verify)",
      remedy: "Name its CA with certificate-authority in the kubeconfig."),
    FleetNotice(
      subject: "prod-us", severity: .critical,
      text: "the API server https://10.0.0.1:6443 does not answer: connection refused",
      remedy: "Is it up, and does this machine reach it? kubectl --context prod-us get ns",
      since: Fixture.ago(420)),
  ]

  static func noticed(_ count: Int) -> FleetSnapshot {
    var fleet = fleet(count)
    fleet.notices = notices
    return fleet
  }

  /// A cluster whose stuck Backup blocks all later ones.
  static let blocked: ClusterSnapshot = {
    var cluster = Fixture.cloudNativePGCluster(
      findings: [
        Fixture.finding(
          "cnpg.backup.blocked",
          headline: "Backup pg-main-0711 is stuck: WAL archiving failed since 5d 2h",
          ceiling: .atRisk)
      ])
    cluster.report.blockingBackup = BlockingBackup(
      name: "pg-main-0711", since: Fixture.ago(Fixture.hours(122)),
      reason: "walArchivingFailing")
    return cluster
  }()

  static let clearing = OperationPlan(
    id: "c1", cluster: "prod/pg-main", request: .clear(backup: "pg-main-0711"),
    title: "Clear the stuck backup pg-main-0711",
    steps: ["Delete the object Backup prod/pg-main-0711; what it has stored stays"],
    notes: ["3 backups wait behind it and start at once, one after the other."],
    requirements: [
      Requirement(what: "it is still stuck", satisfied: true, detail: "phase walArchivingFailing"),
      Requirement(what: "right to delete backups", satisfied: true, detail: ""),
    ], typedConfirmation: "prod/pg-main")
}
