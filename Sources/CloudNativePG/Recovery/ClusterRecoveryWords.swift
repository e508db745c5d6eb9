import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel

/// The steps around the manifest, for a person.
struct ClusterRecoveryWords: Sendable {
  var site: ClusterSite
  var facts: CloudNativePGFacts
  var order: RecoveryOrder
  var name: String
  var namespace: String
  /// What the manifest is called.
  var file: String
  var cluster: ObjectTree
  var source: ObjectTree
  var secrets: [String]

  private var isInCluster: Bool { site.context == KubernetesAccess.inClusterContext }

  private func kubectl(_ words: [String], in namespace: String? = nil) -> String {
    let context = isInCluster ? [] : ["--context", site.context]
    return ShellWord.command(["kubectl"] + context + ["-n", namespace ?? self.namespace] + words)
      ?? ""
  }

  /// Comments at the manifest's head.
  var head: String {
    """
    # \(Sanitizer.clean("\(site.namespace)/\(site.name) as of \(order.moment.text)", limit: 300))
    # Planned \(Format.timestamp(order.now)) from backup \(Sanitizer.clean(order.storedBase, limit: 80)).
    # It archives under a server name of its own; production's archive is only read.

    """
  }

  var beside: RecoveryRoad {
    let delete = kubectl(["delete", "clusters.postgresql.cnpg.io", name])
    return RecoveryRoad(
      .beside, title: "Into the new Cluster \(namespace)/\(name); production stays as it is",
      steps: copies + [
        RecoveryStep(
          "Save the manifest below (--output \(file)), read it, and make the Cluster",
          [kubectl(["create", "-f", file])],
          changes: "a new Cluster with its volumes; production's archive is only read", undo: delete
        ),
        RecoveryStep(
          "Keep the log of the recovery: its pod is deleted in the moment that the Cluster is healthy",
          [
            kubectl([
              "logs", "-f", "--pod-running-timeout=10m", "job/\(name)-1-\(job)", "--all-containers",
            ]) + " | tee \(ShellWord.quoted(name)).log",
            kubectl(["get", "clusters.postgresql.cnpg.io", name, "-w"]),
          ]),
        RecoveryStep(
          "If a pod of the job fails, look at the first FATAL in its log and delete the Cluster: each "
            + "try keeps a copy of the data on the volume", [], undo: delete),
        order.proof(
          psql: kubectl(["exec", "\(name)-1", "-c", "postgres", "--", "psql"])),
      ])
  }

  private var job: String {
    cluster.at("spec", "bootstrap", "recovery", "volumeSnapshots") == nil
      ? ClusterDrillOrder.jobRole : "snapshot-recovery"
  }

  /// References are local to a namespace.
  private var copies: [RecoveryStep] {
    guard namespace != site.namespace, !secrets.isEmpty else { return [] }
    let clean =
      "del(.metadata.namespace,.metadata.uid,.metadata.resourceVersion,"
      + ".metadata.creationTimestamp,.metadata.ownerReferences)"
    return [
      RecoveryStep(
        "Copy into namespace \(namespace) what it names there: \(secrets.joined(separator: ", "))",
        secrets.map { secret in
          kubectl(["get", "secret", secret, "-o", "json"], in: site.namespace)
            + " | jq '\(clean)' | " + kubectl(["create", "-f", "-"])
        }, changes: "Secrets in \(namespace)",
        undo: kubectl(["delete", "secret"] + secrets))
    ]
  }

  // MARK: The switch

  var takeOver: RecoveryRoad {
    .takeOver(
      [quiet, sleep, secret, services, baseBackup] + schedules + [
        RecoveryStep(
          "Keep \(site.name), its volumes and its archive until nobody can want anything of them any more",
          undo: "none is needed")
      ])
  }

  var giveBack: GiveBack {
    let copy = PodPrograms(pod: "\(name)-1") { [self] in kubectl($0) }
    let production = PodPrograms(pod: facts.currentPrimary ?? "\(site.name)-1") { [self] in
      kubectl($0, in: site.namespace)
    }
    return GiveBack(
      order.lost, copy: copy.line, production: production.line, archives: copy.archives)
  }

  private var quiet: RecoveryStep {
    RecoveryStep(
      "Stop what writes: scale the application down, or take its users out",
      changes:
        "the application stands still; what it wrote after the moment stays in \(site.name) alone",
      undo: "scale it up again")
  }

  private var sleep: RecoveryStep {
    let resource = ["annotate", "clusters.postgresql.cnpg.io", site.name, "--overwrite"]
    return RecoveryStep(
      "Put the old Cluster to sleep, so that nobody writes to it by mistake; its volumes stay",
      [kubectl(resource + ["cnpg.io/hibernation=on"], in: site.namespace)],
      changes: "\(site.name)'s pods end",
      undo: kubectl(resource + ["cnpg.io/hibernation=off"], in: site.namespace))
  }

  private var secret: RecoveryStep {
    let given = cluster.at("spec", "bootstrap", "recovery", "secret", "name")?.string
    let owner = SourceCluster(tree: source, facts: facts).databaseAndOwner.owner ?? "its owner"
    return RecoveryStep(
      "Give the application its login: "
        + (given.map { "Secret \($0) holds for both" }
          ?? "Secret \(name)-app in place of \(site.name)-app (the operator gave \(owner) a new password)")
        + "; other users' passwords are as they were in the backup",
      [kubectl(["get", "secret", given ?? "\(name)-app"])],
      changes: "the application's Deployment names another Secret",
      undo: "name \(site.name)-app again")
  }

  private var services: RecoveryStep {
    let own = (source.at("spec", "managed", "services", "additional")?.list ?? [])
      .compactMap { $0.at("serviceTemplate", "metadata", "name")?.string }
    let more =
      own.isEmpty
      ? ""
      : "; \(own.map(facts.shown).joined(separator: ", ")) belong to \(site.name) (managed.services): "
        + "take them out there before they are named here"
    return RecoveryStep(
      "Point it to \(name)-rw (\(name)-ro and \(name)-r for reading) in place of \(site.name)-rw; a "
        + "Pooler names its Cluster and is made anew" + more,
      [kubectl(["get", "services", "-l", "cnpg.io/cluster=\(name)"])],
      changes: "the application works on the new Cluster", undo: "point it to \(site.name)-rw again"
    )
  }

  private var baseBackup: RecoveryStep {
    let plugin = (cluster.at("spec", "plugins")?.list ?? []).contains {
      $0.at("name")?.string == CNPGCluster.barmanCloudPlugin
    }
    let manifest = ObjectTree.object([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
      "metadata": .labels(["name": "\(name)-first", "namespace": namespace]),
      "spec": .object([
        "cluster": .labels(["name": name]),
        "method": plugin ? "plugin" : nil,
        "pluginConfiguration": plugin ? .labels(["name": CNPGCluster.barmanCloudPlugin]) : nil,
      ]),
    ])
    return RecoveryStep(
      "Take its first base backup at once: until then nothing of it can be recovered",
      // In one line: a here-document does not survive being indented.
      ["echo \(ShellWord.quoted(manifest.text)) | " + kubectl(["create", "-f", "-"])],
      changes: "a first backup under the server name \(name)", undo: "none is needed")
  }

  private var schedules: [RecoveryStep] {
    let names = (facts.ownSchedules ?? []).map(\.name)
    guard !names.isEmpty else {
      return [
        RecoveryStep("Give it a ScheduledBackup: pgvigil manifest scheduled-backup prints one")
      ]
    }
    func patch(_ schedule: String, _ cluster: String) -> String {
      kubectl(
        [
          "patch", "scheduledbackups.postgresql.cnpg.io", schedule, "--type", "merge", "-p",
          "{\"spec\":{\"cluster\":{\"name\":\"\(cluster)\"}}}",
        ], in: site.namespace)
    }
    let isHere = namespace == site.namespace
    return [
      RecoveryStep(
        isHere
          ? "Let its schedules back up the new Cluster"
          : "Make its schedules anew in \(namespace): \(names.map(facts.shown).joined(separator: ", "))",
        isHere ? names.map { patch($0, name) } : [],
        changes: isHere ? "\(site.name) has no scheduled backups any more" : "",
        undo: isHere ? names.map { patch($0, site.name) }.joined(separator: "; ") : "delete them")
    ]
  }

  var notes: [String] {
    var notes = [
      "The server name \(name) is the new Cluster's own place in the store; never set cnpg.io/skipEmptyWalArchiveCheck."
    ]
    if order.moment == .latest {
      notes.append(
        "Without a target PostgreSQL ends at the first segment that it does not find, and the Cluster is "
          + "healthy all the same: the last step of the first road tells how far it came.")
    }
    if (source.at("spec", "managed", "services", "additional")?.list ?? []).isEmpty == false {
      notes.append("managed.services are left out: their names are production's.")
    }
    return notes
  }
}
