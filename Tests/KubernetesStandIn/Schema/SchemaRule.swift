/// A rule in the Common Expression Language, known by its text: the few that these CRDs have are written out here.
struct SchemaRule: Sendable {
  typealias Condition = @Sendable (_ new: JSONValue, _ old: JSONValue) -> Bool

  let text: String
  let message: String
  private let condition: Condition
  /// Compares with the state before; not asked on creation.
  private var isTransition: Bool { text.contains("oldSelf") }

  /// Throws for a rule whose text nobody has written out: nothing is skipped in silence.
  init(_ source: JSONValue) throws {
    let words = (source["rule"]?.string ?? "").split { $0 == " " || $0 == "\n" }
    text = words.joined(separator: " ")
    guard let known = Self.conditions[text] else {
      throw StandInError("the stand-in does not know the rule \(text)")
    }
    condition = known
    message = source["message"]?.string ?? "failed rule: \(text)"
  }

  func holds(_ new: JSONValue, old: JSONValue?) -> Bool {
    if isTransition {
      guard let old else { return true }
      return condition(new, old)
    }
    return condition(new, .null)
  }

  private static let conditions: [String: Condition] = [
    "!has(self.serverName)": { new, _ in new["serverName"] == nil },
    "!self.exists(a, a.startsWith('--log-level'))": { new, _ in
      !(new.array ?? []).contains { $0.string?.hasPrefix("--log-level") ?? false }
    },
    "oldSelf == self": { $0 == $1 },
    "self == oldSelf": { $0 == $1 },
    "self > 0": { new, _ in (new.double ?? 0) > 0 },
    "!has(self.builtinLocale) || self.localeProvider == 'builtin'": { new, _ in
      new["builtinLocale"] == nil || new["localeProvider"]?.string == "builtin"
    },
    "!has(self.icuLocale) || self.localeProvider == 'icu'": { new, _ in
      new["icuLocale"] == nil || new["localeProvider"]?.string == "icu"
    },
    "!has(self.icuRules) || self.localeProvider == 'icu'": { new, _ in
      new["icuRules"] == nil || new["localeProvider"]?.string == "icu"
    },
    "self.kind == 'ImageCatalog' || self.kind == 'ClusterImageCatalog'": { new, _ in
      ["ImageCatalog", "ClusterImageCatalog"].contains(new["kind"]?.string)
    },
    "self.apiGroup == 'postgresql.cnpg.io'": { new, _ in
      new["apiGroup"]?.string == "postgresql.cnpg.io"
    },
    "!(has(self.imageCatalogRef) && has(self.imageName))": { new, _ in
      new["imageCatalogRef"] == nil || new["imageName"] == nil
    },
    "self.dataDurability!='preferred' || ((!has(self.standbyNamesPre) || "
      + "self.standbyNamesPre.size()==0) && (!has(self.standbyNamesPost) || "
      + "self.standbyNamesPost.size()==0))": { new, _ in
        let names = ["standbyNamesPre", "standbyNamesPost"].flatMap { new[$0]?.array ?? [] }
        return new["dataDurability"]?.string != "preferred" || names.isEmpty
      },
  ]
}
