import FoundationEssentials

/// What the server writes into `metadata`, and what it does not let clients write.
enum Metadata {
  /// A new object's.
  static func begin(_ tree: inout JSONValue, kind: Kind, manager: String) {
    tree.set(.string(UUID().uuidString.lowercased()), at: "metadata", "uid")
    tree.set(.string(timestampNow()), at: "metadata", "creationTimestamp")
    for key in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
      tree.set(nil, at: "metadata", key)
    }
    tree["apiVersion"] = .string(kind.apiVersion)
    tree["kind"] = .string(kind.kind)
    if kind.isCustom || ["jobs", "deployments"].contains(kind.plural) {
      tree.set(1, at: "metadata", "generation")
    }
    if kind.key == "/namespaces" {
      tree.set("Active", at: "status", "phase")
      tree.set(
        tree[path: "metadata", "name"], at: "metadata", "labels", "kubernetes.io/metadata.name")
    }
    if kind.key == "/pods" { tree.set("Pending", at: "status", "phase") }
    if kind.key == "/persistentvolumeclaims" {
      tree.set("Pending", at: "status", "phase")
      tree.set([.string(StoreState.claimFinalizer)], at: "metadata", "finalizers")
    }
    note(manager, on: &tree, isStatus: false)
  }

  /// Carries over what an update may not change; a status call changes the status alone, any other call all but the
  /// status.
  static func carry(from old: JSONValue, to new: inout JSONValue, kind: Kind, isStatus: Bool) {
    if isStatus {
      var kept = old
      kept["status"] = new["status"]
      new = kept
      return
    }
    if kind.hasStatus { new["status"] = old["status"] }
    new["apiVersion"] = .string(kind.apiVersion)
    new["kind"] = .string(kind.kind)
    for key in [
      "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
      "deletionGracePeriodSeconds", "generation", "resourceVersion", "managedFields",
    ] {
      new.set(old[path: "metadata", key], at: "metadata", key)
    }
    guard let generation = old[path: "metadata", "generation"]?.integer else { return }
    var changed = new
    var before = old
    for key in ["metadata", "status"] {
      changed[key] = nil
      before[key] = nil
    }
    if changed != before { new.set(.integer(generation + 1), at: "metadata", "generation") }
  }

  /// Writes down who changed it.
  static func note(_ manager: String, on tree: inout JSONValue, isStatus: Bool) {
    var entries = tree[path: "metadata", "managedFields"]?.array ?? []
    entries.removeAll {
      $0["manager"]?.string == manager && ($0["subresource"] != nil) == isStatus
    }
    var content = tree
    content["metadata"] = nil
    content["apiVersion"] = nil
    content["kind"] = nil
    content = isStatus ? .object(["status": content["status"] ?? .empty]) : content
    if !isStatus { content["status"] = nil }
    var entry: JSONValue = [
      "manager": .string(manager), "operation": "Update", "apiVersion": tree["apiVersion"] ?? "v1",
      "time": .string(timestampNow()), "fieldsType": "FieldsV1", "fieldsV1": fields(content),
    ]
    if isStatus { entry["subresource"] = "status" }
    entries.append(entry)
    tree.set(.array(entries), at: "metadata", "managedFields")
  }

  private static func fields(_ value: JSONValue) -> JSONValue {
    guard let members = value.object else { return .empty }
    return .object(
      Dictionary(members.map { ("f:" + $0.key, fields($0.value)) }) { $1 })
  }

  /// Names and labels that the server refuses.
  static func causes(_ tree: JSONValue) -> [APIError.Cause] {
    var causes: [APIError.Cause] = []
    let name = tree[path: "metadata", "name"]?.string ?? ""
    if !isSubdomain(name) {
      causes.append(
        invalid(
          "metadata.name", name,
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
            + "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "
            + "regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"))
    }
    for (key, value) in tree[path: "metadata", "labels"]?.object ?? [:] {
      guard let text = value.string else {
        causes.append(invalid("metadata.labels", key, "must be a string"))
        continue
      }
      if !isLabelValue(text) {
        causes.append(
          invalid(
            "metadata.labels", text,
            text.utf8.count > 63
              ? "must be no more than 63 bytes"
              : "a valid label must be an empty string or consist of alphanumeric characters, '-', "
                + "'_' or '.', and must start and end with an alphanumeric character (e.g. "
                + "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"))
      }
    }
    let annotations = tree[path: "metadata", "annotations"]
    if let annotations, annotations != .null, annotations.strings == nil {
      causes.append(invalid("metadata.annotations", "", "must be strings"))
    }
    return causes
  }

  private static func invalid(_ field: String, _ value: String, _ why: String) -> APIError.Cause {
    APIError.Cause(
      reason: "FieldValueInvalid", message: "Invalid value: \"\(value)\": \(why)", field: field)
  }

  private static func isSubdomain(_ name: String) -> Bool {
    guard !name.isEmpty, name.utf8.count <= 253 else { return false }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.first, let last = part.last, first != "-", last != "-" else {
        return false
      }
      return part.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      }
    }
  }

  private static func isLabelValue(_ text: String) -> Bool {
    guard let first = text.first, let last = text.last else { return true }
    func isAlphanumeric(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber)
    }
    return text.utf8.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
      && text.allSatisfy { isAlphanumeric($0) || "-_.".contains($0) }
  }
}
