import RecoveryModel

/// One verb on one resource in one namespace, as a SelfSubjectAccessReview asks for it.
package struct AccessRight: Hashable, Sendable, Comparable {
  package var group: String
  /// With its subresource, as RBAC spells it: `pods/log`.
  package var resource: String
  package var verb: String
  package var namespace: String
  /// nil = every object of the kind.
  package var name: String?

  package init(
    group: String, resource: String, verb: String, namespace: String, name: String? = nil
  ) {
    self.group = group
    self.resource = resource
    self.verb = verb
    self.namespace = namespace
    self.name = name
  }

  /// Every right that these rules give in a namespace.
  package static func of(_ rules: [AccessRule], in namespace: String) -> [AccessRight] {
    rules.flatMap { rule in
      rule.resources.flatMap { resource in
        rule.verbs.flatMap { verb in
          (rule.resourceNames.isEmpty ? [nil] : rule.resourceNames.map { $0 }).map {
            AccessRight(
              group: rule.group, resource: resource, verb: verb, namespace: namespace, name: $0)
          }
        }
      }
    }
  }

  /// `spec.resourceAttributes` of the review.
  package var attributes: ObjectTree {
    let parts = resource.split(separator: "/").map(String.init)
    return .object([
      "group": .string(group), "resource": .string(parts.first ?? resource),
      "subresource": parts.count > 1 ? .string(parts[1]) : nil, "verb": .string(verb),
      "namespace": .string(namespace), "name": name.map { .string($0) },
    ])
  }

  package static func < (left: AccessRight, right: AccessRight) -> Bool {
    left.order.lexicographicallyPrecedes(right.order)
  }

  private var order: [String] { [namespace, group, resource, name ?? "", verb] }
}

/// Which of the rights that an operation needs are missing.
package struct AccessCheck: Sendable, Equatable {
  package var missing: [AccessRight]

  package init(missing: [AccessRight]) {
    self.missing = missing
  }

  /// Asks for all of them at once. Throws `RecoveryError` when the server does not say.
  package static func ask(
    _ rights: [AccessRight], _ client: KubernetesClient
  ) async throws -> AccessCheck {
    try await withThrowingTaskGroup(of: AccessRight?.self) { group in
      for right in Set(rights) {
        group.addTask { try await client.may(right) ? nil : right }
      }
      var missing: [AccessRight] = []
      for try await right in group { if let right { missing.append(right) } }
      return AccessCheck(missing: missing.sorted())
    }
  }

  /// One requirement per namespace. `role` is what `pgvigil manifest rbac --role` prints them with.
  package func requirements(namespaces: [String], role: String) -> [Requirement] {
    namespaces.map { namespace in
      let rules = rules(in: namespace)
      return Requirement(
        what: "the rights in namespace \(namespace)", satisfied: rules.isEmpty,
        detail: rules.isEmpty
          ? "all granted"
          : "missing: \(rules.joined(separator: ", ")); "
            + "pgvigil manifest rbac --role \(role) prints the whole role")
    }
  }

  /// The missing rules as a Role spells them, one per kind of object.
  package func rules(in namespace: String) -> [String] {
    var rules: [(key: [String], verbs: [String])] = []
    for right in missing where right.namespace == namespace {
      let key = [right.group, right.resource, right.name ?? ""]
      if let index = rules.firstIndex(where: { $0.key == key }) {
        rules[index].verbs.append(right.verb)
      } else {
        rules.append((key, [right.verb]))
      }
    }
    return rules.map { rule in
      let names = rule.key[2].isEmpty ? "" : ", resourceNames: [\(rule.key[2])]"
      let group = rule.key[0].isEmpty ? "\"\"" : rule.key[0]
      return "{apiGroups: [\(group)], resources: [\(rule.key[1])]\(names), "
        + "verbs: [\(rule.verbs.joined(separator: ", "))]}"
    }
  }
}
