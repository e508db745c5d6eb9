extension [String: String] {
  package func adding(_ key: String, _ value: String) -> [String: String] {
    merging([key: value]) { _, new in new }
  }
}
