import Kubernetes
import KubernetesStandIn
import Testing
import Transports

/// Create, change, delete: what kube-apiserver does with objects of a CRD and with its own.
@Suite("Stand-in objects") struct ObjectTests {
  private let path = Desk.clusters.path(namespace: "prod")

  @Test func createdObjectsCarryDefaultsAndWhatTheServerSets() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    let (status, body) = try await client.ask("POST", path, Desk.cluster("one"))
    #expect(status == 201)
    #expect(body[path: "spec", "instances"] == 1)
    #expect(body[path: "spec", "logLevel"] == "info")
    #expect(body[path: "metadata", "generation"] == 1)
    #expect(body[path: "metadata", "uid"]?.string?.count == 36)
    #expect(try await client.ask("POST", path, Desk.cluster("one")).status == 409)
    let missing = try await client.ask(
      "POST", Desk.clusters.path(namespace: "nowhere"), Desk.cluster("one"))
    #expect(missing.status == 404)
    #expect(missing.body["message"] == "namespaces \"nowhere\" not found")
  }

  @Test func aSchemaViolationIsRefusedWithItsCauses() async throws {
    let client = try await Desk.server().client()
    let (status, body) = try await client.ask(
      "POST", path,
      Desk.cluster(
        "bad", spec: ["instances": 0, "logLevel": "loud", "backup": ["retentionPolicy": "soon"]]))
    #expect(status == 422)
    #expect(body["reason"] == "Invalid")
    let causes = body[path: "details", "causes"]?.array ?? []
    #expect(
      causes.compactMap { $0["field"]?.string }
        == ["spec.backup.retentionPolicy", "spec.instances", "spec.logLevel"])
    #expect(
      causes[1]["message"]
        == "Invalid value: 0: spec.instances in body should be greater than or equal to 1")
    #expect(causes[2]["reason"] == "FieldValueNotSupported")
    let noStorageName = try await client.ask(
      "POST", path, Desk.cluster("bad", spec: ["imageCatalogRef": ["kind": "ImageCatalog"]]))
    #expect(noStorageName.status == 422)
  }

  @Test func rulesOfTheSchemaAreObeyed() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    let backups = Desk.backups.path(namespace: "prod")
    #expect(try await client.ask("POST", backups, Desk.backup("b", of: "one")).status == 201)
    let changed = try await client.ask(
      "PATCH", backups + "/b", ["spec": ["cluster": ["name": "two"]]],
      contentType: "application/merge-patch+json")
    #expect(changed.status == 422)
    #expect(changed.body["message"]?.string?.contains("BackupSpec is immutable") == true)
  }

  @Test func unknownFieldsArePrunedOrRefused() async throws {
    let client = try await Desk.server().client()
    let odd = Desk.cluster("odd", spec: ["instanses": 3])
    let strict = try await client.ask("POST", path, query: [("fieldValidation", "Strict")], odd)
    #expect(strict.status == 400)
    #expect(strict.body["message"]?.string?.contains("unknown field \"spec.instanses\"") == true)
    let response = try await client.send("POST", path, body: odd.bytes, deadline: 1800)
    #expect(response.status == 201)
    #expect(response.headers["warning"]?.contains("unknown field") == true)
    #expect(try JSONValue(parsing: response.body)[path: "spec", "instanses"] == nil)
  }

  @Test func statusAndSpecHaveDoorsOfTheirOwn() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    _ = try await client.ask("POST", path, Desk.cluster("one"))
    let patch: JSONValue = ["spec": ["instances": 3], "status": ["phase": "odd"]]
    let type = "application/merge-patch+json"
    let main = try await client.ask("PATCH", path + "/one", patch, contentType: type).body
    #expect(main[path: "status", "phase"] == nil)
    #expect(main[path: "metadata", "generation"] == 2)
    let other: JSONValue = ["spec": ["instances": 5], "status": ["phase": "odd"]]
    let status = try await client.ask("PATCH", path + "/one/status", other, contentType: type).body
    #expect(status[path: "status", "phase"] == "odd")
    #expect(status[path: "spec", "instances"] == 3)
    #expect(status[path: "metadata", "generation"] == 2)
  }

  @Test func aStaleVersionIsAConflict() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    let maps = Desk.configMaps.path(namespace: "prod")
    let first = try await client.ask("POST", maps, Desk.configMap("ledger", ["a": "1"])).body
    var second = first
    second.set("2", at: "data", "a")
    #expect(try await client.ask("PUT", maps + "/ledger", second).status == 200)
    second.set("3", at: "data", "a")
    let stale = try await client.ask("PUT", maps + "/ledger", second)
    #expect(stale.status == 409)
    #expect(
      stale.body["message"]?.string
        == "Operation cannot be fulfilled on configmaps \"ledger\": the object has been modified; "
        + "please apply your changes to the latest version and try again")
    #expect(standIn.object("configmaps", "prod", "ledger")?[path: "data", "a"] == "2")
    let steps: JSONValue = [
      ["op": "test", "path": "/data/a", "value": "2"],
      ["op": "add", "path": "/data/b~1c", "value": "x"],
    ]
    let patched = try await client.ask(
      "PATCH", maps + "/ledger", steps, contentType: "application/json-patch+json")
    #expect(patched.body[path: "data", "b/c"] == "x")
  }

  @Test func aDryRunChangesNothingAndRunsWebhooks() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    standIn.mutate { plural, object in
      if plural == "clusters" { object.set("30d", at: "spec", "backup", "retentionPolicy") }
    }
    let dry = try await client.ask("POST", path, query: [("dryRun", "All")], Desk.cluster("one"))
    #expect(dry.status == 201)
    #expect(dry.body[path: "spec", "backup", "retentionPolicy"] == "30d")
    #expect(try await client.ask("GET", path + "/one").status == 404)
    #expect(standIn.names("clusters").isEmpty)
  }

  @Test func deletionObeysPreconditionsAndReachesDependents() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    let owner = try await client.ask("POST", path, Desk.cluster("one")).body
    let uid = try #require(owner[path: "metadata", "uid"])
    var child = Desk.configMap("child")
    child.set(
      [
        [
          "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": "one", "uid": uid,
          "blockOwnerDeletion": true,
        ]
      ], at: "metadata", "ownerReferences")
    _ = try await client.ask("POST", Desk.configMaps.path(namespace: "prod"), child)
    let wrong: JSONValue = ["preconditions": ["uid": "another"]]
    #expect(try await client.ask("DELETE", path + "/one", wrong).status == 409)
    let right: JSONValue = ["preconditions": ["uid": uid], "propagationPolicy": "Foreground"]
    let deleted = try await client.ask("DELETE", path + "/one", right)
    #expect(deleted.body[path: "metadata", "finalizers"] == ["foregroundDeletion"])
    #expect(await Eventually.holds { standIn.names("configmaps", namespace: "prod").isEmpty })
    #expect(await Eventually.holds { standIn.names("clusters").isEmpty })
  }

  @Test func aNamespaceTakesWhatIsInItAlong() async throws {
    let standIn = try await Desk.server()
    let client = try standIn.client()
    _ = try await client.ask("POST", path, Desk.cluster("one"))
    let deleted = try await client.ask("DELETE", "/api/v1/namespaces/prod")
    #expect(deleted.body[path: "status", "phase"] == "Terminating")
    let late = try await client.ask("POST", path, Desk.cluster("two"))
    #expect(late.status == 403 || late.status == 404)
    #expect(await Eventually.holds { !standIn.names("namespaces").contains("/prod") })
    #expect(standIn.names("clusters").isEmpty)
  }
}

/// What comes true a little later by itself: controllers work beside the API.
enum Eventually {
  /// Looks every 10 ms; after so many seconds it would never have come.
  static func holds(seconds: Double = 600, _ condition: () async throws -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if (try? await condition()) == true { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }
}
