import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("JSON reader") struct JSONReaderTests {
  private func read<Value>(
    _ text: String, _ body: (inout JSONReader) throws -> Value
  ) throws -> Value {
    try Array(text.utf8).withUnsafeBufferPointer {
      var reader = JSONReader($0, strings: StringTable())
      return try body(&reader)
    }
  }

  private func object<Object: KubernetesObject>(_ text: String) throws -> Object {
    try read(text) { try Object.read(&$0) }
  }

  @Test func textsKeepTheirEscapes() throws {
    #expect(try read(#""a\"b\\c\n\u00e9\ud83d\ude00""#) { try $0.string() } == "a\"b\\c\né😀")
    #expect(try read("null") { try $0.string() } == nil)
    #expect(try read(" -12 ") { try $0.integer() } == -12)
    #expect(try read("1e3") { try $0.integer() } == 1000)
    #expect(try read("true") { try $0.truth() } == true)
  }

  @Test(arguments: [
    "", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "[1,2", "\"abc", "\"abc\\", "{1:2}",
    "[1 2]", "nul", "{\"a\":}",
  ])
  func brokenTextIsAFault(text: String) {
    #expect(throws: (any Error).self) {
      try read(text) { reader in
        if text.hasPrefix("[") {
          try reader.eachElement { try $0.skip() }
        } else if text.hasPrefix("{") {
          try reader.eachKey { reader, _ in try reader.skip() }
        } else {
          _ = try reader.string()
        }
      }
    }
  }

  @Test func nestingHasAnEnd() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: (any Error).self) { try read(deep) { try $0.skip() } }
  }

  @Test("an object that is cut anywhere is a fault, never a half object")
  func cuts() throws {
    let text = try Fixture.text("cloudnativepg/backup-completed").trimmed
    let bytes = Array(text.utf8)
    for end in stride(from: 0, to: bytes.count, by: 7) {
      let part = String(decoding: bytes[..<end], as: UTF8.self)
      #expect(throws: (any Error).self) { let _: CNPGBackup = try object(part) }
    }
  }

  @Test("what is read by hand is what the decoder reads", arguments: ["completed", "failed"])
  func backups(name: String) throws {
    let text = try Fixture.text("cloudnativepg/backup-\(name)")
    var decoded: CNPGBackup = try Stage.decode(text)
    // Kept for each of ten thousand backups only what is not told elsewhere.
    let schedule = decoded.scheduleName
    decoded.metadata.labels = schedule.map { ["cnpg.io/scheduled-backup": $0] }
    #expect(try object(text) == decoded)
    #expect(decoded.owner == ObjectKey(namespace: "prod", name: "pg-main"))
  }

  @Test func podsAndClaims() throws {
    let pod = """
      {"metadata":{"name":"p-1","namespace":"n","uid":"u","labels":{"cnpg.io/cluster":"p"}},
      "spec":{"nodeName":"x","containers":[{"name":"postgres","image":"i","command":["a","b"],
      "env":[{"name":"A","value":"}"}]}]},
      "status":{"phase":"Pending","reason":"r","message":"m","startTime":"2026-08-01T10:00:00Z",
      "conditions":[{"type":"Ready","status":"False","reason":"q","message":"w",
      "lastTransitionTime":"2026-08-01T10:00:00Z","probe":null}],
      "containerStatuses":[{"name":"postgres","ready":false,"restartCount":3,
      "state":{"waiting":{"reason":"ImagePullBackOff","message":"no"}}},
      {"name":"two","state":{"terminated":{"exitCode":1,"reason":"Error","message":"x"}}}]}}
      """
    let decoded: Pod = try Stage.decode(pod)
    #expect(try object(pod) == decoded)
    #expect(decoded.owner == ObjectKey(namespace: "n", name: "p"))
    let claim = """
      {"metadata":{"name":"c","namespace":"n","labels":{"cnpg.io/cluster":"p"}},
      "spec":{"storageClassName":"fast","resources":{"requests":{"storage":"1Gi"}},"volumeMode":"x"},
      "status":{"phase":"Bound","capacity":{"storage":"2Gi"},"accessModes":["a"]}}
      """
    let decodedClaim: PersistentVolumeClaim = try Stage.decode(claim)
    #expect(try object(claim) == decodedClaim)
  }

  @Test("managed fields and what kubectl applied are left out, nothing else is")
  func pruning() throws {
    let text = """
      {"metadata":{"managedFields":[{"a":{"b":"]}"}}],"name":"c","namespace":"n",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"x\\":1}",
      "cnpg.io/hibernation":"on"}},"spec":{"instances":3}}
      """
    let cluster: CNPGCluster = try object(text)
    #expect(cluster.isHibernated)
    #expect(cluster.spec.instances == 3)
    #expect(
      cluster.metadata.annotations?["kubectl.kubernetes.io/last-applied-configuration"] == "")
  }

  @Test func linesComeWholeHoweverTheyAreCut() {
    let text = Array("one\ntwo\n\nthree\nfour".utf8)
    for size in 1...text.count {
      var buffer = LineBuffer()
      var lines: [String] = []
      for start in stride(from: 0, to: text.count, by: size) {
        let chunk = Array(text[start..<min(start + size, text.count)])
        lines += buffer.append(chunk).map { String(decoding: $0, as: UTF8.self) }
      }
      #expect(lines == ["one", "two", "three"])
    }
  }
}
