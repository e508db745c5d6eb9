/// What is watched once for a whole context, beside its sets of principals.
package protocol ContextCompanion: Sendable {
  init()
  /// Runs until its task is cancelled; `changed` is called with what concerns every principal.
  func run(
    _ client: KubernetesClient, clock: CacheClock, changed: @escaping @Sendable () -> Void) async
}
