//===- OutputDirectoryTest.cpp - The folder of results --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/OutputDirectory.h"
#include "StudyTestSupport.h"

#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>

using namespace nasc::study;
using namespace nasc::study::test;

namespace {

class OutputDirectoryTest : public StudyFolder {
protected:
  const OutputOwner owner = {"fashion", "abc", "0.1.0"};

  /// The number of entries in a folder.
  static unsigned entries(const std::string &folder) {
    unsigned count = 0;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator entry(folder, code), end;
         entry != end && !code; entry.increment(code))
      ++count;
    return count;
  }
};

TEST_F(OutputDirectoryTest, createsAndTakesBack) {
  std::string out = folder + "/a/b/out";
  OutputDirectory first = valueOf(OutputDirectory::open(out + "//", owner));
  EXPECT_EQ(first.path(), out);
  EXPECT_TRUE(succeeded(first.writeFile("winner1/network.mlir", "module {}")));
  EXPECT_EQ(contentsOf(out + "/winner1/network.mlir"), "module {}");
  EXPECT_EQ(valueOf(first.fileSize("winner1/network.mlir")), 9u);
  EXPECT_EQ(codeOf(first.fileSize("nothing")), "NAS5012");

  OutputDirectory second = valueOf(OutputDirectory::open(out, owner));
  EXPECT_EQ(second.path(), out);
  // What the results are of is told by the study; the marker follows it.
  valueOf(OutputDirectory::open(out, {"speech", "def", "0.1.0"}));
  EXPECT_NE(contentsOf(out + "/.nasc").find("\"speech\""), std::string::npos);
  EXPECT_EQ(contentsOf(out + "/winner1/network.mlir"), "module {}");
}

TEST_F(OutputDirectoryTest, refusesForeignFolders) {
  setContents(folder + "/thesis.tex", "\\begin{document}");
  EXPECT_EQ(codeOf(OutputDirectory::open(folder, owner)), "NAS5003");
  EXPECT_EQ(entries(folder), 1u);
  setContents(folder + "/.nasc", "{\"hash\": 3}");
  EXPECT_EQ(codeOf(OutputDirectory::open(folder, owner)), "NAS5003");
  setContents(folder + "/.nasc", "cut o");
  EXPECT_EQ(codeOf(OutputDirectory::open(folder, owner)), "NAS5003");
}

TEST_F(OutputDirectoryTest, takesEmptyFolders) {
  // What a run that was killed in its first moments left does not count.
  setContents(folder + "/.nasc-tmp-123-0", "half a mark");
  OutputDirectory output = valueOf(OutputDirectory::open(folder, owner));
  ASSERT_EQ(::mkdir((folder + "/winner1").c_str(), 0755), 0);
  setContents(folder + "/winner1/.nasc-tmp-123-9", "half a file");
  output.removeLeftovers();
  EXPECT_FALSE(llvm::sys::fs::exists(folder + "/.nasc-tmp-123-0"));
  EXPECT_FALSE(llvm::sys::fs::exists(folder + "/winner1/.nasc-tmp-123-9"));
  EXPECT_TRUE(llvm::sys::fs::exists(folder + "/.nasc"));
}

TEST_F(OutputDirectoryTest, leavesNothingBehind) {
  std::string out = folder + "/out";
  OutputDirectory output = valueOf(OutputDirectory::open(out, owner));
  EXPECT_TRUE(succeeded(output.writeFile("report.html", "x")));
  output.abandon();
  EXPECT_EQ(entries(out), 2u);
  ASSERT_EQ(::unlink((out + "/report.html").c_str()), 0);
  output.abandon();
  EXPECT_FALSE(llvm::sys::fs::exists(out));
}

TEST_F(OutputDirectoryTest, refusesFilesAsFolders) {
  setContents(folder + "/file", "x");
  EXPECT_EQ(codeOf(OutputDirectory::open(folder + "/file", owner)), "NAS5002");
  EXPECT_EQ(codeOf(OutputDirectory::open(folder + "/file/out", owner)),
            "NAS5002");
  OutputDirectory output =
      valueOf(OutputDirectory::open(folder + "/out", owner));
  EXPECT_TRUE(succeeded(output.writeFile("report.html", "x")));
  EXPECT_EQ(codeOf(output.writeFile("report.html/y", "x")), "NAS5002");
}

TEST_F(OutputDirectoryTest, writesWithinTheFolderAlone) {
  OutputDirectory output =
      valueOf(OutputDirectory::open(folder + "/out", owner));
  for (const char *name : {"../x", "/tmp/x", "a/../../x", "", "a/"})
    EXPECT_EQ(codeOf(output.writeFile(name, "x")), "NAS5013") << name;
  EXPECT_TRUE(succeeded(output.writeFile("a..b/c", "x")));
}

TEST_F(OutputDirectoryTest, failedWritesLeaveTheOldFile) {
  OutputDirectory output =
      valueOf(OutputDirectory::open(folder + "/out", owner));
  EXPECT_TRUE(succeeded(output.writeFile("report.html", "old")));
  unsigned before = entries(folder + "/out");
  llvm::Error error =
      output.writeFile("report.html", [](llvm::raw_ostream &os) -> llvm::Error {
        os << "half";
        return studyError(StudyErrorCode::InputOutput, "no more");
      });
  EXPECT_EQ(codeOf(std::move(error)), "NAS5012");
  error = output.produceFile("report.html", [](llvm::StringRef temporary) {
    setContents(temporary.str(), "half");
    return studyError(StudyErrorCode::InputOutput, "the linker failed");
  });
  EXPECT_EQ(codeOf(std::move(error)), "NAS5012");
  // A producer that forgets to produce is an error, not an empty file.
  EXPECT_EQ(codeOf(output.produceFile(
                "report.html",
                [](llvm::StringRef) { return llvm::Error::success(); })),
            "NAS5012");
  EXPECT_EQ(contentsOf(folder + "/out/report.html"), "old");
  EXPECT_EQ(entries(folder + "/out"), before);

  EXPECT_TRUE(
      succeeded(output.produceFile("host/run", [](llvm::StringRef temporary) {
        setContents(temporary.str(), "program");
        return llvm::Error::success();
      })));
  EXPECT_EQ(contentsOf(folder + "/out/host/run"), "program");
}

TEST_F(OutputDirectoryTest, aKillLeavesTheOldFileOrTheNew) {
  OutputDirectory output =
      valueOf(OutputDirectory::open(folder + "/out", owner));
  std::string old(400'000, 'o'), fresh(400'000, 'n');
  EXPECT_TRUE(succeeded(output.writeFile("report.html", old)));
  for (int round = 0; round != 10; ++round) {
    pid_t child = start([&] {
      while (true) {
        EXPECT_TRUE(succeeded(output.writeFile("report.html", fresh)));
        EXPECT_TRUE(succeeded(output.writeFile("report.html", old)));
      }
    });
    ::usleep(2000 + round * 1100);
    ::kill(child, SIGKILL);
    int status;
    ::waitpid(child, &status, 0);
    std::string found = contentsOf(folder + "/out/report.html");
    EXPECT_TRUE(found == old || found == fresh);
  }
  output.removeLeftovers();
  EXPECT_EQ(entries(folder + "/out"), 2u);
}

TEST_F(OutputDirectoryTest, readOnlyFolders) {
  std::string out = folder + "/out";
  {
    OutputDirectory output = valueOf(OutputDirectory::open(out, owner));
  }
  ASSERT_EQ(::chmod(out.c_str(), 0555), 0);
  EXPECT_EQ(inChild([&] {
              // Permissions do not hold for root.
              if (::getuid() == 0) {
                ASSERT_EQ(::setuid(65534), 0);
              }
              EXPECT_EQ(codeOf(OutputDirectory::open(out, owner)), "NAS5001");
              EXPECT_EQ(codeOf(OutputDirectory::open(out + "/deeper", owner)),
                        "NAS5001");
            }),
            0);
  ASSERT_EQ(::chmod(out.c_str(), 0755), 0);
}

TEST_F(OutputDirectoryTest, aFullDiskKeepsTheOldFile) {
  EXPECT_EQ(inChild([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              OutputDirectory output =
                  valueOf(OutputDirectory::open(folder + "/out", owner));
              EXPECT_TRUE(succeeded(output.writeFile("report.html", "old")));
              rlimit limit = {10'000, 10'000};
              ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
              EXPECT_EQ(codeOf(output.writeFile("report.html",
                                                std::string(20'000, 'x'))),
                        "NAS5005");
              EXPECT_EQ(contentsOf(folder + "/out/report.html"), "old");
              EXPECT_EQ(entries(folder + "/out"), 2u);
            }),
            0);
  std::string disk = folder + "/disk";
  ASSERT_EQ(::mkdir(disk.c_str(), 0755), 0);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "no right to mount a small disk";
  {
    OutputDirectory output = valueOf(OutputDirectory::open(disk, owner));
    EXPECT_TRUE(succeeded(output.writeFile("report.html", "old")));
    llvm::Error error =
        output.writeFile("report.html", std::string(200'000, 'x'));
    std::string message = llvm::toString(std::move(error));
    EXPECT_NE(message.find(disk + "/report.html"), std::string::npos);
    EXPECT_NE(message.find("no space left"), std::string::npos) << message;
    EXPECT_EQ(codeOf(output.writeFile("y", std::string(200'000, 'x'))),
              "NAS5005");
    EXPECT_EQ(contentsOf(disk + "/report.html"), "old");
  }
  ::umount(disk.c_str());
}

} // namespace
