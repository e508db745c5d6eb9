import Glibc
import ObjectStores
import RecoveryModel
import Transports

/// A server's place in a store as barman-cloud's programs are told of it.
struct BarmanPlace: Sendable, Equatable {
  /// As `--endpoint-url URL`.
  var options: [String] = []
  /// Its URL and the server's name.
  var names: [String]
  /// Lines that set what is no option, without any secret.
  var exports: [String] = []
  var credentialWords: String

  var words: [String] { options + names }

  /// Throws `RecoveryError` (invalid) for what is no address of one server.
  init(_ question: StoreQuestion) throws(RecoveryError) {
    let address = try StoreAddress(question.address)
    let parts = address.prefix.split(separator: "/")
    guard let server = parts.last else {
      throw RecoveryError(
        .invalid,
        "\(Sanitizer.clean(question.address, limit: 200)) names a bucket and no server in it",
        remedy: "name the prefix that holds base/ and wals/")
    }
    let folder = parts.dropLast().joined(separator: "/")
    let end = address.bucket + (folder.isEmpty ? "" : "/\(folder)")
    switch address.kind {
    case .s3:
      names = ["s3://\(end)", String(server)]
      if let url = question.endpointURL { options += ["--endpoint-url", url] }
      if let profile = question.profile { options += ["-P", profile] }
      credentialWords =
        question.profile.map { "profile \(Sanitizer.clean($0, limit: 60)) of ~postgres/.aws" }
        ?? "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of this machine"
      let variables = [
        ("AWS_DEFAULT_REGION", question.region), ("AWS_CA_BUNDLE", question.authorityFile),
      ]
      exports = variables.compactMap { name, value in
        value.flatMap(ShellWord.argument).map { "export \(name)=\($0)" }
      }
    case .google:
      names = ["gs://\(end)", String(server)]
      options = ["--cloud-provider", "google-cloud-storage"]
      credentialWords = "GOOGLE_APPLICATION_CREDENTIALS, or the account of this machine"
    case .azure(let account):
      names = ["\(account)/\(end)", String(server)]
      options = ["--cloud-provider", "azure-blob-storage"]
      credentialWords = "AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_SAS_TOKEN"
    }
  }
}

/// Programs as a shell finds them.
enum ProgramPath {
  static func isFound(_ name: String) -> Bool {
    (try? ExecutablePath.resolve(name)) != nil
  }
}
