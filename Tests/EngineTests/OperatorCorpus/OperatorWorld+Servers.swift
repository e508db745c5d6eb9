import FoundationEssentials
import KubernetesStandIn
import ObjectStoreStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// The instances, what their managers answer, and what lies in the bucket.
extension OperatorWorld {
  // MARK: Instances

  private func labels(_ instance: String, _ role: String) -> String {
    """
    "labels":{"cnpg.io/cluster":"\(shape.name)","cnpg.io/podRole":"instance",
    "cnpg.io/instanceName":"\(instance)","cnpg.io/pvcRole":"\(role)"}
    """
  }

  func makePod(_ number: Int) throws -> JSONValue {
    let instance = instance(number)
    return try JSONValue(
      parsing: """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(instance)",
        "creationTimestamp":"2026-08-01T10:00:00Z",
        "annotations":{"cnpg.io/operatorVersion":"\(shape.version)"},
        \(labels(instance, "PG_DATA"))},
        "spec":{"nodeName":"node-\(number)","containers":[{"name":"postgres","image":"i",
        "command":["/controller/manager","instance","run","--status-port-tls"]}]},
        "status":{"phase":"Running","startTime":"2026-08-01T10:00:00Z",
        "conditions":[{"type":"Ready","status":"True"}],
        "containerStatuses":[{"name":"postgres","ready":true,"restartCount":0,"image":"i",
        "imageID":"i","state":{"running":{"startedAt":"2026-08-01T10:00:02Z"}}}]}}
        """)
  }

  func makeClaims(_ number: Int) throws -> [JSONValue] {
    let instance = instance(number)
    var kinds = [(instance, "PG_DATA", "20Gi")]
    if shape.hasWALVolume { kinds.append((instance + "-wal", "PG_WAL", "5Gi")) }
    kinds += shape.tablespaces.map { ("\(instance)-tbs-\($0)", "PG_TABLESPACE", "5Gi") }
    return try kinds.map { name, role, size in
      try JSONValue(
        parsing: """
          {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"\(name)",
          "creationTimestamp":"2026-05-01T08:00:30Z",\(labels(instance, role))},
          "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"\(size)"}}},
          "status":{"phase":"Bound","capacity":{"storage":"\(size)"}}}
          """)
    }
  }

  func primaryStatus() throws -> JSONValue {
    let now = position(Self.lastArchived + 1, 0x140)
    var status = try JSONValue(
      parsing: """
        {"currentLsn":"\(now)","systemID":"\(Self.system)","isPrimary":true,
        "replayPaused":false,"pendingRestart":false,"isWalReceiverActive":false,
        "isArchivingWAL":true,"lastArchivedWAL":"\(file(Self.lastArchived))",
        "lastArchivedWALTime":"2026-08-21T10:05:00.123456Z","lastFailedWALTime":"-infinity",
        "currentWAL":"\(file(Self.lastArchived + 1))","timeLineID":\(shape.timeline),
        "instanceManagerVersion":"\(shape.version)","isPodReady":true}
        """)
    status["replicationInfo"] = .array(
      (1...shape.instances).dropFirst().map { number in
        [
          "applicationName": .string(instance(number)), "state": "streaming",
          "receivedLsn": .string(now), "writeLsn": .string(now), "flushLsn": .string(now),
          "replayLsn": .string(now), "writeLag": "00:00:00", "flushLag": "00:00:00",
          "replayLag": "00:00:00", "syncState": "async", "syncPriority": "0",
        ]
      })
    return status
  }

  func standbyStatus() throws -> JSONValue {
    let now = position(Self.lastArchived + 1, 0x140)
    return [
      "receivedLsn": .string(now), "replayLsn": .string(now), "systemID": .string(Self.system),
      "isWalReceiverActive": true, "timeLineID": .integer(Int(shape.timeline)),
      "lastFailedWALTime": "-infinity", "lastArchivedWALTime": "-infinity",
      "instanceManagerVersion": .string(shape.version), "isPodReady": true,
    ]
  }

  // MARK: Bucket

  func makeBucket() -> [String: BucketInMemory.Object] {
    var bucket: [String: BucketInMemory.Object] = [:]
    func put(_ key: String, _ text: String, ago: Double) {
      bucket[key] = BucketInMemory.Object(
        bytes: Int64(text.utf8.count), modified: Stage.text(ago: ago), body: Array(text.utf8))
    }
    let oldest = shape.ages.indices.last.map(Self.segment) ?? Self.lastArchived
    for number in oldest...Self.lastArchived {
      put(
        walKey(number), String(repeating: "w", count: shape.compression == nil ? 9 : 90),
        ago: Double(Self.lastArchived - number) * 3000 + 60)
      // What is not compressed is as long as a segment.
      if shape.compression == nil {
        bucket[walKey(number)]?.bytes = Int64(shape.segmentBytes)
      }
    }
    if shape.timeline > 1 {
      put(
        prefix + "wals/0000000\(shape.timeline).history",
        "\(shape.timeline - 1)\t\(position(3, 0x100))\tno recovery target specified\n",
        ago: 1_700_000)
    }
    guard shape.baseMethod != "volumeSnapshot" else { return bucket }
    let suffix = shape.compression.flatMap { Self.suffixes[$0] } ?? ""
    for (index, age) in shape.ages.enumerated() {
      let base = "\(prefix)base/\(Self.label(age))/"
      put(base + "data.tar\(suffix)", String(repeating: "d", count: 4096), ago: age + 1)
      for (oid, _) in shape.tablespaces.enumerated() {
        put(base + "\(16_400 + oid).tar\(suffix)", "data", ago: age + 1)
      }
      put(base + "backup.info", info(age, Self.segment(ofBackup: index)), ago: age)
    }
    return bucket
  }

  func info(_ age: Double, _ segment: UInt64) -> String {
    func time(_ ago: Double) -> String {
      Stage.text(ago: ago).replacing("T", with: " ").replacing("Z", with: "+00:00")
    }
    let spaces = shape.tablespaces.enumerated().map {
      "('\($1)', \(16_400 + $0), '/var/lib/\($1)')"
    }
    return """
      begin_time=\(time(age + 5))
      begin_wal=\(file(segment))
      begin_xlog=\(position(segment, 0x28))
      cluster_size=23273161
      end_time=\(time(age))
      end_wal=\(file(segment))
      end_xlog=\(position(segment, 0x158))
      error=None
      server_name=cloud
      status=DONE
      systemid=\(Self.system)
      tablespaces=\(spaces.isEmpty ? "None" : "[\(spaces.joined(separator: ", "))]")
      timeline=\(shape.timeline)
      version=\(shape.major)0006
      xlog_segment_size=\(shape.segmentBytes)

      """
  }
}
