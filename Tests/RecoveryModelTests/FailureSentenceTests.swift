import Testing

@testable import RecoveryModel

@Suite("Failure sentences") struct FailureSentenceTests {
  /// An error as a tool printed it, and what a person wants to read of it.
  struct Shape: Sendable, CustomTestStringConvertible {
    var text: String
    var expected: String
    var testDescription: String { expected }

    init(_ text: String, _ expected: String) {
      self.text = text
      self.expected = expected
    }
  }

  static let shapes: [Shape] = stores + programs + logs + plain

  static let stores: [Shape] = [
    Shape(
      """
      rpc error: code = Unknown desc = exit status 1: with stderr: 2026-11-28 02:56:50,134 [97] \
      ERROR: Backup failed uploading data (An error occurred (InvalidRequest) when calling the \
      UploadPart operation: Checksum Type mismatch occurred, expected checksum Type: null)
      Traceback (most recent call last):
        File "/usr/lib/barman/cloud.py", line 900, in _worker
          self.upload(part)
      ReferenceError: weakly-referenced object no longer exists
      """,
      "InvalidRequest (UploadPart): Checksum Type mismatch occurred, expected checksum Type: null"),
    Shape(
      """
      2026-11-29 03:51:19,041 [1625] ERROR: Backup failed uploading data (An error occurred \
      (SignatureDoesNotMatch) when calling the PutObject operation: None)
      """, "SignatureDoesNotMatch (PutObject)"),
    Shape(
      """
      botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://s3/a"
      """, "EndpointConnectionError: Could not connect to the endpoint URL: \"https://s3/a\""),
    Shape(
      """
      An error occurred (SlowDown) when calling the PutObject operation (reached max retries: 4): \
      Please reduce your request rate.
      """, "SlowDown (PutObject): Please reduce your request rate."),
    Shape(
      """
      <?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not \
      exist</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>
      """, "NoSuchBucket: The specified bucket does not exist"),
  ]

  static let programs: [Shape] = [
    Shape(
      """
      rpc error: code = Unavailable desc = rpc error: code = Internal desc = while taking the \
      backup: write /tmp/x: No space left on device
      """, "while taking the backup: write /tmp/x: No space left on device"),
    Shape(
      "while reconciling: while getting secret: dial tcp 10.0.0.1:443: connect: connection refused",
      "while reconciling: while getting secret: dial tcp 10.0.0.1:443: connect: connection refused"),
    Shape(
      """
      Traceback (most recent call last):
        File "a.py", line 3, in f
          raise KeyError(x)
      KeyError: 'x'

      During handling of the above exception, another exception occurred:

      Traceback (most recent call last):
        File "b.py", line 9, in g
          f()
          ^^^
      OSError: [Errno 28] No space left on device
      """, "OSError: [Errno 28] No space left on device"),
    Shape(
      "panic: runtime error: invalid memory address\n\ngoroutine 1 [running]:\nmain.main()\n"
        + "\t/src/main.go:12 +0x1d\nexit status 2", "panic: runtime error: invalid memory address"),
  ]

  static let logs: [Shape] = [
    Shape(
      #"""
      {"level":"error","ts":"2026-11-29T03:51:22Z","logger":"barman","msg":"Error invoking \#
      barman-cloud-backup-list","stderr":"2026-11-29 03:51:22,391 [1654] ERROR: Barman cloud \#
      backup list exception: An error occurred (AccessDenied) when calling the ListObjectsV2 \#
      operation: Access Denied\n","error":"exit status 4","stacktrace":"github.com/x\n\ty.go:128"}
      """#, "AccessDenied (ListObjectsV2): Access Denied"),
    Shape(
      #"""
      {"level":"info","logger":"postgres","msg":"record","record":{"error_severity":"FATAL",\#
      "message":"recovery ended before configured recovery target was reached"}}
      """#, "recovery ended before configured recovery target was reached"),
  ]

  static let plain: [Shape] = [
    Shape(
      "exit status 1\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
      "502 Bad Gateway nginx"),
    Shape("exit status 1", "exit status 1"),
    Shape("rpc error: code = Unknown desc = exit status 4", "exit status 4"),
    Shape(
      "\u{1B}[31mERROR: Permission denied\u{1B}[0m \u{1B}]0;owned\u{07}", "Permission denied"),
    Shape("備份失敗：憑證錯誤 💥", "備份失敗：憑證錯誤 💥"),
    Shape(
      "exit status 3: with stderr: \\nERROR: x509: certificate signed by unknown authority\\n",
      "x509: certificate signed by unknown authority"),
    Shape("", ""),
  ]

  @Test("the sentence that matters", arguments: shapes)
  func sentence(shape: Shape) {
    #expect(FailureSentence.find(in: shape.text, limit: 200) == shape.expected)
  }

  @Test("what was several lines and is one still begins with its sentence")
  func flattened() throws {
    let text = try #require(Self.stores.first).text
    let whole = FailureSentence.whole(text + String(repeating: "A", count: 3000))
    let lead = FailureSentence.lead(whole, limit: 150)
    #expect(lead.hasPrefix("InvalidRequest (UploadPart): Checksum Type mismatch occurred"))
    #expect(lead.count <= 150)
  }

  @Test("a server that has stopped is the consequence, whatever stands last")
  func consequence() {
    let log = [
      #"{"level":"info","logger":"postgres","msg":"record","record":{"error_severity":"LOG","message":"archive command failed with exit code 1"}}"#,
      #"{"level":"info","logger":"postgres","msg":"2026-11-29 03:53:17,073 [51] ERROR: WAL file 000000010000000000000009 for server auth-db does not exist"}"#,
      #"{"level":"info","logger":"postgres","msg":"record","record":{"error_severity":"FATAL","message":"recovery ended before configured recovery target was reached"}}"#,
      #"{"level":"error","msg":"restore error","error":"while restoring cluster: dial unix /controller/run/.s.PGSQL.5432: connect: no such file or directory"}"#,
    ].joined(separator: "\n")
    #expect(
      FailureSentence.find(in: log)
        == "recovery ended before configured recovery target was reached")
  }

  @Test("the cut takes what leads up to the cause first, and never the cause")
  func cut() {
    let chain =
      String(repeating: "while doing this and that: ", count: 12)
      + "dial tcp 10.0.0.1:9000: connect: connection refused"
    let short = FailureSentence.find(in: chain, limit: 80)
    #expect(short.contains("connection refused"))
    #expect(short.count <= 80)
    let long = FailureSentence.find(
      in: "ERROR: " + String(repeating: "word ", count: 300) + "No space left on device", limit: 90)
    #expect(long.contains("No space left on device"))
    #expect(long.hasPrefix("..."))
    #expect(long.count <= 90)
    let tail = FailureSentence.find(
      in: "ERROR: Permission denied " + String(repeating: "x ", count: 300), limit: 60)
    #expect(tail.hasPrefix("Permission denied"))
    #expect(tail.hasSuffix("..."))
  }

  @Test("six kilobytes of everything")
  func everything() {
    var text = """
      rpc error: code = Unknown desc = exit status 1: with stderr: ERROR: Backup failed uploading data \
      (An error occurred (InvalidRequest) when calling the UploadPart operation: Checksum Type \
      mismatch occurred, expected checksum Type: null, actual checksum Type: crc32)
      \u{1B}[31mfatal\u{1B}[0m \u{1B}]0;owned\u{07} \u{202E}txt.exe <html><body>502 Bad Gateway\
      </body></html> 中文錯誤 💥 
      """
    text += String(repeating: "A", count: 6000)
    let found = FailureSentence.find(in: text)
    #expect(found.contains("Checksum Type mismatch occurred"))
    #expect(found.count <= 160)
    let lead = FailureSentence.lead(text, limit: 300)
    #expect(lead.hasPrefix("InvalidRequest (UploadPart)") && lead.count <= 300)
    #expect(lead.contains(". As it was told: rpc error"))
    #expect(FailureSentence.lead("exit status 4", limit: 300) == "exit status 4")
    #expect(FailureSentence.lead("ERROR: no room\n  File", limit: 300).hasPrefix("no room"))
    let whole = FailureSentence.whole(text)
    for text in [found, whole] {
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }
  }

  @Test(
    "no secret is shown",
    arguments: [
      "error: PGPASSWORD=hunter2-long psql failed",
      "GET https://s3/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20261129&X-Amz-Signature=hunter2-long",
      "connect postgres://app:hunter2-long@db:5432/app: connection refused",
      "{\"msg\":\"failed\",\"error\":\"secret_access_key: hunter2-long is wrong\"}",
      "aws_secret_access_key = \"hunter2-long\" refused",
      "Authorization: Bearer hunter2-long: 401 Unauthorized",
      "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>hunter2-long</StringToSign></Error>",
    ])
  func secrets(text: String) {
    let shown = FailureSentence.find(in: text, limit: 400) + FailureSentence.whole(text)
    #expect(!shown.contains("hunter2"))
    #expect(!shown.contains("AKIAIOSFODNN7EXAMPLE"))
    #expect(!shown.isEmpty)
  }

  @Test("words that only look like secrets stay")
  func noSecrets() {
    let text =
      "ERROR: invalid token: expected a number; password authentication failed for user \"app\""
    #expect(FailureSentence.whole(text).contains("password authentication failed"))
  }

  @Test(
    "causes",
    arguments: [
      ("SignatureDoesNotMatch (PutObject)", KnownCause.credentials),
      ("InvalidRequest (UploadPart): Checksum Type mismatch occurred", .checksum),
      ("write: No space left on device", .space),
      ("recovery ended before configured recovery target was reached", .targetNotReached),
    ])
  func causes(text: String, cause: KnownCause) {
    #expect(KnownCause.of(text) == cause)
    #expect(cause.remedy != nil)
  }
}
