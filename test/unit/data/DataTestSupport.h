//===- DataTestSupport.h - Files for the tests of datasets ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_DATA_DATATESTSUPPORT_H
#define NASC_TEST_UNIT_DATA_DATATESTSUPPORT_H

#include "dialects/diagnostics/DiagnosticCatalog.h"
#include "runtime/data/DataError.h"
#include "runtime/data/Dataset.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <unistd.h>
#include <zlib.h>

namespace nasc::data {

/// A test with a folder of its own, which is removed afterwards.
class DataTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "nasc-data-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    specification.baseDirectory = folder.string();
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string &name, const std::string &content) {
    std::ofstream(folder / name, std::ios::binary) << content;
  }

  void writeGzip(const std::string &name, const std::string &content) {
    gzFile file = gzopen((folder / name).c_str(), "wb6");
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(gzwrite(file, content.data(), content.size()),
              static_cast<int>(content.size()));
    gzclose(file);
  }

  std::string read(const std::string &name) {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// Loads and expects success.
  Dataset load() {
    llvm::Expected<Dataset> dataset = loadDataset(specification);
    if (dataset)
      return std::move(*dataset);
    ADD_FAILURE() << llvm::toString(dataset.takeError());
    return {};
  }

  DatasetDescription describe() {
    llvm::Expected<DatasetDescription> description =
        describeDataset(specification);
    if (description)
      return std::move(*description);
    ADD_FAILURE() << llvm::toString(description.takeError());
    return {};
  }

  /// Loads and expects an error with that code, whose message has all parts.
  void expectError(Diag code, std::initializer_list<std::string> parts) {
    llvm::Expected<Dataset> dataset = loadDataset(specification);
    if (dataset) {
      ADD_FAILURE() << "no error; expected one with " << *parts.begin();
      return;
    }
    bool seen = false;
    llvm::handleAllErrors(dataset.takeError(), [&](const DataError &error) {
      seen = true;
      EXPECT_EQ(codeName(error.getCode()), codeName(code)) << error.message();
      for (const std::string &part : parts)
        EXPECT_NE(error.message().find(part), std::string::npos)
            << "expected '" << part << "' in: " << error.message();
    });
    EXPECT_TRUE(seen);
  }

  std::filesystem::path folder;
  DatasetSpecification specification;
};

/// The folder of shared test data, or nothing.
inline std::optional<std::filesystem::path> sharedData() {
  std::filesystem::path path;
  if (const char *given = std::getenv("NASC_SHARED_DATA"))
    path = given;
  else
    path = std::filesystem::path(__FILE__).parent_path() /
           "../../../../shared/data";
  if (std::filesystem::is_directory(path))
    return std::filesystem::canonical(path);
  return std::nullopt;
}

/// Big-endian.
inline std::string word(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// `count` bytes 0, 1, 2 … from `start` on.
inline std::string counting(size_t count, unsigned start = 0) {
  std::string bytes;
  for (size_t i = 0; i != count; ++i)
    bytes += static_cast<char>(start + i);
  return bytes;
}

} // namespace nasc::data

#endif // NASC_TEST_UNIT_DATA_DATATESTSUPPORT_H
