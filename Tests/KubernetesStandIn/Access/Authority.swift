import Glibc
import TestSupport

/// A certificate authority in a directory of its own, with the `openssl` program.
final class Authority: Sendable {
  let directory: String
  var certificate: String { directory + "/ca.crt" }

  /// Makes the directory and the authority. Throws with what openssl said.
  init() throws {
    directory = try temporaryDirectory("standin")
    try Self.request(
      name: "ca", in: directory, subject: "/CN=stand-in",
      [
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
        "keyUsage=critical,keyCertSign,digitalSignature",
      ])
  }

  /// Paths of a new certificate and its key. `names` are subject alternative names as openssl writes them: `IP:127.0.0.1`.
  func issue(
    _ file: String, subject: String, names: [String] = []
  ) throws -> (certificate: String, key: String) {
    var arguments = [
      "-CA", certificate, "-CAkey", directory + "/ca.key", "-addext", "basicConstraints=CA:FALSE",
      "-addext", "extendedKeyUsage=serverAuth,clientAuth",
    ]
    if !names.isEmpty {
      arguments += ["-addext", "subjectAltName=" + names.joined(separator: ",")]
    }
    try Self.request(name: file, in: directory, subject: subject, arguments)
    return ("\(directory)/\(file).crt", "\(directory)/\(file).key")
  }

  private static func request(
    name: String, in directory: String, subject: String, _ more: [String]
  ) throws {
    let result = try Command.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "30", "-subj", subject, "-keyout", "\(directory)/\(name).key", "-out",
        "\(directory)/\(name).crt",
      ] + more)
    guard result.status == 0 else { throw StandInError("openssl: \(result.error)") }
  }
}

/// A new directory that only its owner enters.
func temporaryDirectory(_ name: String) throws -> String {
  var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw StandInError("no temporary directory") }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Removes a directory and what is in it; nothing there is no error.
func removeTree(_ path: String) throws {
  let result = try Command.run("/bin/rm", ["-rf", path])
  guard result.status == 0 else { throw StandInError(result.error) }
}

/// The bytes of a file. Throws when it cannot be read.
func readFile(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "re") else {
    throw StandInError("cannot read \(path): \(String(cString: strerror(errno)))")
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
    bytes += chunk.prefix(count)
  }
  return bytes
}

/// Writes a file that only its owner reads; whoever reads it meanwhile finds it as it was before.
func writeFile(_ path: String, _ text: String) throws {
  let draft = "\(path).\(UInt64.random(in: .min ... .max))"
  let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else {
    throw StandInError("cannot write \(path): \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  let bytes = Array(text.utf8)
  guard write(descriptor, bytes, bytes.count) == bytes.count, rename(draft, path) == 0 else {
    throw StandInError("cannot write \(path)")
  }
}
