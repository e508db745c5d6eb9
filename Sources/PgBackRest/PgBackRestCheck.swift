import DrillParts
import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// Whether what a cluster declares is on this host: the tool, its options, PostgreSQL's programs, the drills' place.
struct PgBackRestCheck {
  private let declaration: ClusterDeclaration
  private let settings: PgBackRestSettings
  private let sources: OptionSources

  /// nil where the options make no sense, which is said elsewhere.
  init?(
    declaration: ClusterDeclaration, inherited: [String: String] = ChildEnvironment.own
  ) {
    guard let settings = try? PgBackRestSettings(declaration: declaration) else { return nil }
    self.declaration = declaration
    self.settings = settings
    sources = OptionSources(settings: settings, inherited: inherited)
  }

  var faults: [DeclarationFault] {
    [executable, options, repository, programs, place].compactMap { $0 } + connections
  }

  private var repository: DeclarationFault? {
    let (options, unread) = sources.read()
    guard unread.isEmpty, let number = settings.repository else { return nil }
    let known = options.repositories(stanza: settings.stanza)
    guard !known.isEmpty, !known.contains(number) else { return nil }
    return DeclarationFault(
      key: "repository", expected: "a repository of \(sources.words)", found: "\(number)",
      advice: "there are: \(known.map { "repo\($0)" }.joined(separator: ", "))")
  }

  private var connections: [DeclarationFault] {
    settings.instances.compactMap { instance in
      instance.missingFile.map {
        DeclarationFault(
          key: "instances",
          expected: "files that \(Sanitizer.clean(instance.name, limit: 60)) names",
          found: $0)
      }
    }
  }

  private var executable: DeclarationFault? {
    let name = settings.executable
    let path = ChildEnvironment.own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let places =
      name.contains("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
    guard !places.contains(where: Self.isProgram) else { return nil }
    return DeclarationFault(
      key: "executable", expected: "a program that can be run",
      found: places.first { access($0, F_OK) == 0 }.map { "\($0), which may not be run" }
        ?? (name.contains("/") ? "none at \(name)" : "no \(name) on PATH"))
  }

  private var options: DeclarationFault? {
    let (options, unread) = sources.read()
    if let file = unread.first {
      let isDirectory = file == sources.directory
      return DeclarationFault(
        key: isDirectory ? "config_include_path" : "config",
        expected: isDirectory ? "a directory that can be read" : "a file that can be read",
        found: access(file, R_OK) == 0
          ? "\(file), which is none or too large"
          : "none at \(file): \(String(cString: strerror(errno)))")
    }
    let known = options.stanzas
    // A host that knows its repository alone has no stanza of its own, and needs none to look.
    let isKnown = known.isEmpty ? options.isAny : known.contains(settings.stanza)
    guard !isKnown, options.value("pg1-path", stanza: settings.stanza) == nil else { return nil }
    return DeclarationFault(
      key: "stanza", expected: "a stanza of \(sources.words)",
      found: "`\(Sanitizer.clean(settings.stanza, limit: 60))`",
      advice: known.isEmpty ? "it has no options at all" : "there are: \(Self.list(known))")
  }

  private var programs: DeclarationFault? {
    guard let directory = settings.bindir else { return nil }
    let missing = ["postgres", "pg_controldata"].filter { !Self.isProgram("\(directory)/\($0)") }
    guard !missing.isEmpty else { return nil }
    return DeclarationFault(
      key: "bindir", expected: "the directory of PostgreSQL's server programs",
      found: "no \(missing.joined(separator: ", no ")) in \(directory)",
      advice: "on Debian it is /usr/lib/postgresql/MAJOR/bin")
  }

  private var place: DeclarationFault? {
    guard let path = declaration.drill.place else { return nil }
    let (options, _) = sources.read()
    let repository =
      settings.repository ?? options.repositories(stanza: settings.stanza).first ?? 1
    let repositoryPlace = RepositoryPlace(options, stanza: settings.stanza, repository: repository)
    let account =
      (try? RunningAccount.find(settings, sources, options, place: repositoryPlace)) ?? nil
    let site = OperationSite(
      settings: settings, sources: sources, options: options, repository: repository,
      account: account)
    var reason = DrillPlace(path: path).objection(site: site.host)
    if reason == nil {
      // One that is not there yet is made in its parent.
      let target = access(path, F_OK) == 0 ? path : path.parentPath
      if FileText.isOfKernel(target) {
        reason = "\(target) is the kernel's, and keeps no files"
      } else if access(target, W_OK | X_OK) != 0 {
        reason = "\(target) cannot be written to: \(String(cString: strerror(errno)))"
      }
    }
    return reason.map {
      DeclarationFault(key: "drill.place", expected: "a place that drills can use", found: $0)
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(10).map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
