import Glibc
import RecoveryModel

/// Finds programs on PATH, and says what to install where there are none.
package enum ExecutablePath {
  private static let standard = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]

  /// The absolute path of a program given by path or name. Throws `RecoveryError` (unreachable; denied where it lies there
  /// and this account may not run it).
  package static func resolve(_ executable: String) throws(RecoveryError) -> String {
    if executable.contains("/") {
      guard isProgram(executable) else {
        throw isFile(executable) ? notAllowed(executable) : notFound(executable)
      }
      return executable
    }
    let search = getenv("PATH").map { String(cString: $0).split(separator: ":").map(String.init) }
    var barred: String?
    for directory in (search ?? []) + standard where directory.hasPrefix("/") {
      let candidate = "\(directory)/\(executable)"
      if isProgram(candidate) { return candidate }
      if barred == nil, isFile(candidate) { barred = candidate }
    }
    throw barred.map(notAllowed) ?? notFound(executable)
  }

  private static func notAllowed(_ path: String) -> RecoveryError {
    RecoveryError(
      .denied, "\(path) is there, but this account may not run it",
      remedy: "chmod +x \(path), or name another in the configuration")
  }

  package static func notFound(_ executable: String) -> RecoveryError {
    RecoveryError(
      .unreachable, "\(executable) is not installed here",
      remedy: advice(for: executable.split(separator: "/").last.map(String.init) ?? executable))
  }

  private static func advice(for name: String) -> String {
    switch name {
    case "pgbackrest": "install it: apt-get install pgbackrest"
    case "postgres", "initdb", "pg_ctl", "pg_basebackup", "psql":
      "install it: apt-get install postgresql"
    case "setpriv": "install it: apt-get install util-linux"
    case "kubectl":
      "install it: apt-get install kubernetes-client, or see kubernetes.io/docs/tasks/tools"
    default: "install \(name), or name its path in the configuration"
    }
  }

  private static func isProgram(_ path: String) -> Bool {
    isFile(path) && access(path, X_OK) == 0
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
