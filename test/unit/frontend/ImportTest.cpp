//===- ImportTest.cpp - Files that import files ------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <fstream>

using namespace nasc;

namespace {

/// A temporary folder with files.
class ImportTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(
        llvm::sys::fs::createUniqueDirectory("nasc-import", directory));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }

  std::string path(llvm::StringRef name) const {
    llvm::SmallString<256> result(directory);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
  void write(llvm::StringRef name, llvm::StringRef text) const {
    std::string whole = path(name);
    llvm::sys::fs::create_directories(llvm::sys::path::parent_path(whole));
    std::ofstream(whole, std::ios::binary).write(text.data(), text.size());
  }
  ParsedProgram parseFile(llvm::StringRef name) {
    return parseProgram(sources, path(name), {path("library")}, diagnostics);
  }
  std::string codes() const {
    std::string text;
    for (const Diagnostic &each : found.diagnostics)
      text += (text.empty() ? "" : " ") + codeName(each.code).str();
    return text;
  }
  /// The names of the files, in the order of the program.
  std::string order(const ParsedProgram &program) const {
    std::string text;
    for (const std::unique_ptr<ast::File> &file : program.files)
      text += (text.empty() ? "" : " ") +
              llvm::sys::path::filename(sources.name(file->id)).str();
    return text;
  }

  llvm::SmallString<256> directory;
  SourceManager sources;
  CollectingDiagnosticConsumer found;
  DiagnosticEngine diagnostics{sources, &found};
};

} // namespace

TEST_F(ImportTest, ImportsComeFirstAndOnce) {
  write("root.nas", "import \"sub/a.nas\";\nimport \"devices/d.nas\";\n"
                    "space s { choice x in 1..2; }");
  write("sub/a.nas", "import \"b.nas\"; import \"../sub/b.nas\";");
  write("sub/b.nas", "import \"devices/d.nas\";");
  write("library/devices/d.nas", "device d { clock = 1 MHz; }");
  ParsedProgram program = parseFile("root.nas");
  EXPECT_EQ(codes(), "");
  EXPECT_TRUE(program.complete);
  EXPECT_EQ(order(program), "d.nas b.nas a.nas root.nas");
  EXPECT_EQ(program.find(program.files.back()->id), program.files.back().get());
  EXPECT_EQ(program.find(FileId{99}), nullptr);
}

TEST_F(ImportTest, FilesBesideTheImportingOneWin) {
  write("root.nas", "import \"devices/d.nas\";");
  write("devices/d.nas", "device mine { clock = 1 MHz; }");
  write("library/devices/d.nas", "device theirs { clock = 1 MHz; }");
  ParsedProgram program = parseFile("root.nas");
  ASSERT_EQ(program.files.size(), 2u);
  auto &device = llvm::cast<ast::Device>(*program.files[0]->items.front());
  EXPECT_EQ(device.name.text, "mine");
}

TEST_F(ImportTest, CyclesAreDiagnostics) {
  write("a.nas", "import \"b.nas\"; space s { }");
  write("b.nas", "import \"c.nas\";");
  write("c.nas", "import \"a.nas\";");
  ParsedProgram program = parseFile("a.nas");
  EXPECT_EQ(codes(), "NAS0007");
  EXPECT_FALSE(program.complete);
  EXPECT_EQ(found.diagnostics.front().notes.size(), 2u);
  write("self.nas", "import \"self.nas\";");
  parseFile("self.nas");
  EXPECT_EQ(codes(), "NAS0007 NAS0007");
}

TEST_F(ImportTest, MissingImportsSuggestTheLibrary) {
  write("root.nas", "import \"stm32h743.nas\"; import \"\"; space s { }");
  write("library/devices/stm32h743zi.nas", "device h { clock = 1 Hz; }");
  ParsedProgram program = parseFile("root.nas");
  EXPECT_EQ(codes(), "NAS0006 NAS0006");
  EXPECT_FALSE(program.complete);
  ASSERT_EQ(found.diagnostics[0].helps.size(), 1u);
  EXPECT_EQ(found.diagnostics[0].helps.front(),
            "did you mean 'devices/stm32h743zi.nas'?");
}

TEST_F(ImportTest, FilesThatCannotBeRead) {
  EXPECT_FALSE(parseFile("missing.nas").complete);
  EXPECT_EQ(codes(), "NAS0001");
  write("folder/x.nas", "");
  write("root.nas", "import \"folder\"; import \"large.nas\"; space s { }");
  // A file with a hole: no disk is filled.
  std::ofstream large(path("large.nas"), std::ios::binary);
  large.seekp(SourceManager::maxFileSize + 1);
  large.put(' ');
  large.close();
  EXPECT_FALSE(parseFile("root.nas").complete);
  EXPECT_EQ(codes(), "NAS0001 NAS0001 NAS0002");
}

TEST_F(ImportTest, ErrorsInImportedFilesAreReported) {
  write("root.nas", "import \"a.nas\"; space s { let = 3; }");
  write("a.nas", "device d { clock = ; }");
  ParsedProgram program = parseFile("root.nas");
  EXPECT_EQ(codes(), "NAS0020 NAS0020");
  EXPECT_FALSE(program.complete);
}

TEST_F(ImportTest, ChainsOfImportsMayBeLong) {
  constexpr unsigned count = 500;
  for (unsigned i = 0; i < count; ++i)
    write(std::to_string(i) + ".nas",
          "import \"" + std::to_string(i + 1) + ".nas\";");
  write(std::to_string(count) + ".nas", "space s { }");
  ParsedProgram program = parseFile("0.nas");
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(program.files.size(), count + 1);
}

TEST_F(ImportTest, LibraryFilesCanBeAdded) {
  write("root.nas", "space s { }");
  write("library/devices/host.nas", "import \"common.nas\"; device host { }");
  write("library/devices/common.nas", "device common { }");
  ParsedProgram program = parseFile("root.nas");
  auto add = [&](llvm::StringRef file) {
    return addLibraryFile(program, sources, file, {path("library")},
                          diagnostics);
  };
  EXPECT_TRUE(add("devices/host.nas"));
  EXPECT_EQ(order(program), "common.nas host.nas root.nas");
  EXPECT_TRUE(add("devices/host.nas"));
  EXPECT_EQ(program.files.size(), 3u);
  EXPECT_FALSE(add("devices/other.nas"));
  EXPECT_EQ(codes(), "");
}
