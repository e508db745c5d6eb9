import CNcurses
import Glibc
import TextScreen

/// What is known of the terminal: the entry of a terminfo database, or one that stands in for it.
package struct TerminalDescription: Sendable, Equatable {
  /// TERM as it is set.
  package let term: String
  /// The entry in use.
  package let name: String
  /// Where the database is to be looked for, or the entry itself; nil = the C library's own places.
  private let place: Place?

  /// A variable that the C library's reader of descriptions obeys.
  private struct Place: Equatable {
    var variable: String
    var value: String
  }

  /// Another terminal's entry is used: this host knows none for TERM.
  package var isStandIn: Bool { name != term }

  /// What the terminals of today understand, whatever they call themselves.
  static let common = "xterm-256color"

  /// Where databases are, whichever of them the library was built for.
  private static let folders = [
    "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo",
    "/usr/local/share/terminfo",
  ]

  /// Finds the description of a terminal of type `term` and leaves it loaded.
  ///
  /// A name that could be one and is not known here gets the common entry: terminals bring names of their own, and
  /// the host on the other side of an SSH connection has seldom heard of them.
  static func load(term: String?, output: Int32) throws(TerminalError) -> TerminalDescription {
    let term = term ?? ""
    guard isName(term), !term.hasPrefix("dumb") else { throw .unusable(term: term) }
    for candidate in candidates(term) {
      let isLoaded = candidate.inPlace {
        ncurses_load_description(candidate.name, output) != 0
      }
      guard isLoaded else { continue }
      if ncurses_capability("cup") != nil { return candidate }
      // A description of a line instead of a terminal (`unknown`, `dialup`) says nothing of what is at its end.
      guard ncurses_flag("gn") != 0 else { throw .unusable(term: term) }
    }
    throw .unusable(term: term)
  }

  private static func candidates(_ term: String) -> [TerminalDescription] {
    let known = Place(variable: "TERMINFO_DIRS", value: folders.joined(separator: ":"))
    var found = [term, common].flatMap { name in
      [
        TerminalDescription(term: term, name: name, place: nil),
        TerminalDescription(term: term, name: name, place: known),
      ]
    }
    // The terminal's own entry comes before any other's.
    if let own = BuiltInTerminals.entry(for: term) {
      found.insert(TerminalDescription(term: term, builtIn: own), at: 2)
    }
    if let last = BuiltInTerminals.entry(for: common) {
      found.append(TerminalDescription(term: term, builtIn: last))
    }
    return found
  }

  private init(term: String, name: String, place: Place?) {
    self.term = term
    self.name = name
    self.place = place
  }

  private init(term: String, builtIn entry: BuiltInTerminals.Entry) {
    self.init(
      term: term, name: entry.name,
      place: Place(variable: "TERMINFO", value: "b64:" + entry.compiled))
  }

  /// Letters, digits and little else: anything more is no name, and none of it may reach a path.
  private static func isName(_ term: String) -> Bool {
    guard let first = term.utf8.first, term.utf8.count <= 64, first != 0x2D, first != 0x2E
    else { return false }
    return term.utf8.allSatisfy {
      switch $0 {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "-_.+".utf8.contains($0)
      }
    }
  }

  /// Runs `body` while the library looks where this description is; children must not inherit that.
  func inPlace<Value>(_ body: () -> Value) -> Value {
    guard let place else { return body() }
    return Environment.with([place.variable: place.value], body)
  }

  /// Terminals from before Unicode, and what behaves like them: anything above ASCII could be anything.
  var predatesUnicode: Bool {
    let old = ["ansi", "pcansi", "cons25", "wsvt25", "sun", "mach"]
    if old.contains(where: { term == $0 || term.hasPrefix($0 + "-") }) { return true }
    return term.hasPrefix("vt") && term.dropFirst(2).first?.isNumber == true
  }
}
