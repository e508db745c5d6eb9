import Transports

extension HTTPClient {
  /// Real connections without the limits that the program sets itself: a machine that is busy with other things is not
  /// what is tested. Limits below a second are a test's own, and stay.
  package static var patient: HTTPClient {
    let live = HTTPClient.live()
    return HTTPClient { request in
      var request = request
      if let deadline = request.deadline, deadline >= 1 { request.deadline = 1800 }
      return live.send(request)
    }
  }
}
