import FoundationEssentials
import RecoveryModel
import Transports

extension ListingPage {
  /// One page of List Blobs; nil for what is none, or not all of one: names that were cut off would be missing in silence.
  init?(azure bytes: [UInt8]) {
    var scanner = XMLScanner(bytes)
    var page = ListingPage()
    var path: [String] = []
    var object: StoredObject?
    var isWhole = false
    while let token = scanner.next() {
      switch token {
      case .open(let name):
        path.append(scanner.text(name))
        if path.last == "Blob" { object = StoredObject(key: "", bytes: 0, modifiedAt: nil) }
      case .text(let range):
        let text = scanner.text(range)
        switch path.suffix(2) {
        case ["Blob", "Name"]: object?.key = text
        case ["BlobPrefix", "Name"]: page.prefixes.append(text)
        case ["Properties", "Content-Length"]: object?.bytes = Int64(text) ?? 0
        case ["Properties", "Last-Modified"]: object?.modifiedAt = HTTPDate.parse(text)
        case ["Properties", "Etag"]: object?.etag = text
        case ["EnumerationResults", "NextMarker"]:
          page.continuation = text.trimmed.isEmpty ? nil : text
        default: break
        }
      case .close(let name):
        path.removeLast(path.isEmpty ? 0 : 1)
        if scanner.isName(name, "Blob"), let found = object {
          page.objects.append(found)
          object = nil
        } else if scanner.isName(name, "EnumerationResults") {
          isWhole = true
        }
      }
    }
    guard isWhole else { return nil }
    self = page
  }
}

/// An answer of Azure that is none, in words.
struct AzureRefusal: Sendable, Equatable {
  var status: Int
  /// As `ContainerNotFound`; empty where nothing tells it.
  var code: String
  var message: String

  init(_ response: HTTPResponse) {
    status = response.status
    let told = XMLScanner.elements(
      ["Code", "Message", "AuthenticationErrorDetail"], in: response.body)
    code = told["Code"] ?? response.headers["x-ms-error-code"] ?? ""
    // Its first line; the others are a request's number and a time.
    let lines = (told["AuthenticationErrorDetail"] ?? told["Message"] ?? "")
      .split(whereSeparator: \.isNewline)
    message = lines.first.map(String.init) ?? ""
  }

  /// Asking again may help.
  var isPassing: Bool {
    status >= 500 && status != 501 || status == 429
      || ["ServerBusy", "OperationTimedOut", "InternalError"].contains(code)
  }

  /// `right`: of the signature, as `l (list)`.
  func error(_ what: String, right: String, place: AzurePlace) -> RecoveryError {
    let server = HTTPRequest.server(of: place.account)
    let container = Sanitizer.clean(place.container, limit: 80)
    let said = message.isEmpty ? "" : ": \(Sanitizer.clean(message, limit: 200))"
    switch code {
    case "AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation":
      return RecoveryError(
        .denied, "\(server) does not accept the shared access signature\(said)",
        remedy: "make a new one, and give all of it: \(Self.command(container))")
    case "AuthorizationPermissionMismatch", "AuthorizationFailure",
      "AuthorizationResourceTypeMismatch", "InsufficientAccountPermissions",
      "AuthorizationServiceMismatch", "AuthorizationSourceIPMismatch",
      "AuthorizationProtocolMismatch":
      return RecoveryError(
        .denied, "\(server) does not allow \(what)\(said)",
        remedy: "give a signature with the permission \(right): \(Self.command(container))")
    case "ContainerNotFound":
      return RecoveryError(
        .invalid, "there is no container \(container) at \(server)",
        remedy: "check the container's name and the account")
    case "BlobNotFound": return RecoveryError(.failed, "\(what): the object is gone")
    default:
      if status == 401 || status == 403 {
        return RecoveryError(
          .denied, "\(server) does not allow \(what)\(said)",
          remedy: "give a signature with the permission \(right): \(Self.command(container))")
      }
      let answer = code.isEmpty ? "HTTP \(status)" : Sanitizer.clean(code, limit: 80)
      return RecoveryError(
        isPassing ? .unreachable : .failed, "\(what): \(server) answered \(answer)\(said)",
        remedy: isPassing ? "try again later" : "")
    }
  }

  static func command(_ container: String) -> String {
    "az storage container generate-sas --name \(container) --permissions rl --https-only "
      + "--account-name ACCOUNT --expiry DATE"
  }
}
