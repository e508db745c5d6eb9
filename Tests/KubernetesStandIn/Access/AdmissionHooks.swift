/// Webhooks of the cluster: called before an object is stored, also in a dry run.
struct AdmissionHooks: Sendable {
  /// Change what is created; run in order before validation by schema.
  var mutating: [@Sendable (String, inout JSONValue) -> Void] = []
  /// Why something is refused; nil lets it through.
  var validating: [@Sendable (String, JSONValue) -> String?] = []
}
