//===- StudyTestSupport.h - What the tests of the study share ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_STUDY_STUDYTESTSUPPORT_H
#define NASC_TEST_UNIT_STUDY_STUDYTESTSUPPORT_H

#include "dialects/diagnostics/DiagnosticCatalog.h"
#include "runtime/study/Study.h"
#include "runtime/study/StudyError.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <functional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nasc::study::test {

/// The code of an error, `NAS5007`, or "" for success.
inline std::string codeOf(llvm::Error error) {
  std::string code;
  llvm::handleAllErrors(
      std::move(error),
      [&](const StudyError &failure) {
        code = codeName(failure.getCode()).str();
      },
      [&](const llvm::ErrorInfoBase &other) { code = other.message(); });
  return code;
}
template <typename T> std::string codeOf(llvm::Expected<T> value) {
  return value ? std::string() : codeOf(value.takeError());
}

/// Whether an operation succeeded, with its message when not.
inline testing::AssertionResult succeeded(llvm::Error error) {
  if (!error)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << llvm::toString(std::move(error));
}

/// The value, which the test relies on.
template <typename T> T valueOf(llvm::Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    std::abort();
  }
  return std::move(*value);
}

inline std::string contentsOf(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string("(missing)");
}

inline void setContents(const std::string &path, llvm::StringRef contents) {
  std::error_code code;
  llvm::raw_fd_ostream(path, code) << contents;
  ASSERT_FALSE(code) << path;
}

/// A folder that is gone after the test.
class StudyFolder : public testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> created;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nasc-study", created));
    folder = created.str().str();
    path = folder + "/study.db";
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  static StudySpec exampleSpec() {
    StudySpec spec;
    spec.name = "fashion";
    spec.sources = {{"fashion.nas", "space A {\n  choice c in {1, 2};\n}\n"},
                    {"h743.nas", "device h743 {}\n"}};
    spec.seed = 0xffff'ffff'ffff'fff0u;
    spec.threads = 2;
    spec.version = "0.1.0";
    spec.folder = "/somewhere";
    spec.identity = {{"space", "sha 5"}, {"data", "crc 1234"}};
    return spec;
  }

  static EvaluationKey keyOf(int64_t number) {
    return {"evolve", "epochs=1,images=10000",
            "stem=16,width[1]=" + std::to_string(number)};
  }

  /// Runs `body` in a child process and returns how it ended (wait status).
  /// Output of failed assertions in the child reaches the terminal; a child
  /// with failures exits with 1.
  static int inChild(const std::function<void()> &body) {
    pid_t child = start(body);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  static pid_t start(const std::function<void()> &body) {
    pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    return child;
  }

  std::string folder;
  std::string path;
};

} // namespace nasc::study::test

#endif // NASC_TEST_UNIT_STUDY_STUDYTESTSUPPORT_H
