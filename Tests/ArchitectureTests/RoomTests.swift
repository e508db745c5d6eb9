import Testing

/// No room of the house is so large that nobody finds anything in it.
@Suite struct RoomTests {
  /// Swift files that lie in the folder itself.
  private static func files(in folder: String) -> [String] {
    House.names(in: folder).filter { $0.hasSuffix(".swift") }
  }

  private static func folders(under folder: String) -> [String] {
    [folder]
      + House.names(in: folder).filter { !$0.contains(".") }
      .flatMap { folders(under: "\(folder)/\($0)") }
  }

  @Test func noFolderHasMoreThanTwentyFiles() {
    for folder in Self.folders(under: "Sources") {
      let count = Self.files(in: folder).count
      #expect(count <= 20, "\(folder) has \(count) files")
    }
  }

  @Test func noTargetIsMoreThanAFifthOfTheCode() {
    let lines = House.names(in: "Sources").map { target in
      let files = House.sources(in: "Sources/\(target)")
      let count = files.reduce(0) { $0 + (House.text($1) ?? "").split(separator: "\n").count }
      return (target: target, count: count)
    }
    let total = lines.reduce(0) { $0 + $1.count }
    #expect(total > 0)
    for (target, count) in lines {
      #expect(5 * count <= total, "\(target) has \(count) of \(total) lines")
    }
  }
}
