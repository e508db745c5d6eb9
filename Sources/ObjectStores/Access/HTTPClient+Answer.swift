import RecoveryModel
import Transports

extension HTTPClient {
  /// The whole answer to a store's client, its bytes counted. `ifUntrusted`: what to do about a server whose certificate
  /// is not trusted, where there is more to say than what it is.
  func answer(
    to request: HTTPRequest, limit: Int, countedBy meter: RequestMeter, ifUntrusted: String? = nil
  ) async throws(RecoveryError) -> HTTPResponse {
    do {
      let response = try await fetch(request, limit: limit)
      meter.received(response.body.count)
      return response
    } catch var error as RecoveryError {
      if let ifUntrusted, error.code == .denied { error.remedy = ifUntrusted }
      throw error
    } catch {
      throw RecoveryError(.cancelled, "the request was cancelled")
    }
  }
}
