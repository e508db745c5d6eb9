import Glibc
import Testing
import TextScreen

@testable import ConsoleRuntime

@Suite struct ThemeLibraryTests {
  private static let shipped =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/themes"

  private func folder(_ files: [String: String]) throws -> String {
    var template = Array("/tmp/pgvigil-themes-XXXXXX".utf8CString)
    let path = String(cString: try #require(mkdtemp(&template)))
    for (name, text) in files {
      let file = try #require(fopen("\(path)/\(name)", "w"))
      fputs(text, file)
      fclose(file)
    }
    return path
  }

  private func remove(_ folder: String, _ files: [String]) {
    for file in files { unlink("\(folder)/\(file)") }
    rmdir(folder)
  }

  @Test func everyShippedThemeFillsEveryRole() throws {
    let library = ThemeLibrary(folders: [Self.shipped])
    let expected = ["dark", "colorblind", "high-contrast", "light", "monochrome"]
    #expect(library.names() == expected)
    for name in library.names() {
      let theme = try library.theme(named: name)
      #expect(Set(theme.styles.keys) == Set(Role.allCases), "\(name)")
    }
  }

  @Test func theCompiledInThemeEqualsItsFile() throws {
    #expect(try ThemeLibrary(folders: [Self.shipped]).theme(named: "dark") == .dark)
  }

  @Test func theUsersFolderIsStrongest() throws {
    let files = ["dark.yaml": "text: {fg: red}\n", "mine.yaml": "text: {}\n", "note.txt": ""]
    let mine = try folder(files)
    defer { remove(mine, Array(files.keys)) }
    let library = ThemeLibrary(folders: [Self.shipped, "/no/such/folder", mine])
    #expect(try library.theme(named: "dark").styles == [.text: Style(foreground: .palette(1))])
    #expect(library.names().contains("mine") && !library.names().contains("note"))
  }

  @Test func aBadFileIsAnErrorThatNamesIt() throws {
    let files = ["bad.yaml": "text: {}\ncritcal: {fg: red}\n"]
    let mine = try folder(files)
    defer { remove(mine, Array(files.keys)) }
    let expected = ThemeError(
      file: "\(mine)/bad.yaml", line: 2,
      message: "`critcal` is no role; the nearest is `critical`")
    #expect(throws: expected) { try ThemeLibrary(folders: [mine]).theme(named: "bad") }
  }

  @Test(arguments: ["nothing", "../dark", "", "/etc/passwd"])
  func anUnknownNameListsTheKnownOnes(name: String) {
    let expected = ThemeError(file: name, line: 0, message: "no such theme; there are dark")
    #expect(throws: expected) { try ThemeLibrary(folders: []).theme(named: name) }
  }

  @Test func withoutAnyFolderThereIsDark() throws {
    #expect(try ThemeLibrary(folders: []).theme(named: "dark") == .dark)
  }
}
