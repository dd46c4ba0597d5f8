//===- CatalogTest.cpp - Every code of the analysis has a test ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/DiagnosticCatalog.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

using namespace nasc;

/// Codes that the passes and the runtime report have tests there. Those of the
/// analysis are 1xxx, and in the other thousands begin at x100.
static bool belongsToAnalysis(unsigned number) {
  return (number >= 1000 && number < 2000) ||
         (number >= 2000 && number < 9000 && number % 1000 >= 100);
}

TEST(Catalog, EveryCodeOfTheAnalysisIsHitByATest) {
  llvm::StringSet<> hit;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(NASC_SEMANTICS_TESTS, error), end;
       it != end && !error; it.increment(error)) {
    if (llvm::sys::path::extension(it->path()) != ".nas")
      continue;
    auto file = llvm::MemoryBuffer::getFile(it->path());
    ASSERT_TRUE(static_cast<bool>(file)) << it->path();
    llvm::StringRef text = (*file)->getBuffer();
    for (size_t at = text.find("NAS"); at != llvm::StringRef::npos;
         at = text.find("NAS", at + 3))
      hit.insert(text.substr(at, 7));
  }
  ASSERT_FALSE(error) << error.message();
  for (const DiagnosticInfo &info : allDiagnostics()) {
    unsigned number = 0;
    ASSERT_FALSE(info.name.drop_front(3).getAsInteger(10, number));
    // Needs data files that cannot be used; see AnalysisTest.
    if (!belongsToAnalysis(number) || info.name == "NAS4106")
      continue;
    EXPECT_TRUE(hit.contains(info.name))
        << info.name.str() << " (" << info.slug.str()
        << ") has no test in test/frontend/semantics";
  }
}

TEST(Catalog, EntriesAreComplete) {
  llvm::StringSet<> slugs;
  llvm::StringRef previous;
  for (const DiagnosticInfo &info : allDiagnostics()) {
    EXPECT_TRUE(slugs.insert(info.slug).second)
        << info.slug.str() << " occurs twice";
    EXPECT_GT(info.name.str(), previous.str()) << "codes are in order";
    previous = info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name.str();
    EXPECT_FALSE(info.summary.ends_with(".")) << info.name.str();
    EXPECT_GT(info.explanation.size(), 20u) << info.name.str();
  }
}
