//===- SourceTest.cpp - Files, lines and columns -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Source.h"

#include "gtest/gtest.h"

using namespace nasc;

TEST(SourceTest, LinesAndColumnsCountCharacters) {
  SourceManager sources;
  FileId file = sources.addBuffer("a.nas", "ab\nü€x\r\n\nlast");
  auto at = [&](uint32_t offset) {
    LineColumn place = sources.lineColumn(file, offset);
    return std::make_pair(place.line, place.column);
  };
  EXPECT_EQ(at(0), std::make_pair(1u, 1u));
  EXPECT_EQ(at(2), std::make_pair(1u, 3u));
  EXPECT_EQ(at(3), std::make_pair(2u, 1u));
  EXPECT_EQ(at(5), std::make_pair(2u, 2u)); // Behind the two bytes of ü.
  EXPECT_EQ(at(8), std::make_pair(2u, 3u)); // Behind the three bytes of €.
  EXPECT_EQ(at(1000), std::make_pair(4u, 5u));
  EXPECT_EQ(sources.lineCount(file), 4u);
  EXPECT_EQ(sources.line(file, 2), "ü€x");
  EXPECT_EQ(sources.line(file, 3), "");
  EXPECT_EQ(sources.line(file, 4), "last");
  EXPECT_EQ(sources.line(file, 5), "");
  for (uint32_t offset : {0u, 2u, 3u, 5u, 8u, 12u})
    EXPECT_EQ(sources.offset(file, sources.lineColumn(file, offset)), offset);
  EXPECT_EQ(sources.offset(file, {99, 1}), sources.text(file).size());
  EXPECT_EQ(sources.offset(file, {1, 99}), 2u);
}

TEST(SourceTest, Ranges) {
  SourceManager sources;
  FileId file = sources.addBuffer("a.nas", "hello world");
  SourceRange hello(file, 0, 5), world(file, 6, 11);
  EXPECT_EQ(sources.text(hello.cover(world)), "hello world");
  EXPECT_EQ(hello.cover(SourceRange()), hello);
  EXPECT_EQ(SourceRange().cover(world), world);
  EXPECT_EQ(sources.text(SourceRange()), "");
  EXPECT_EQ(sources.findFile("a.nas"), file);
  EXPECT_FALSE(sources.findFile("b.nas"));
}

TEST(SourceTest, WellFormedUtf8) {
  EXPECT_FALSE(findInvalidUtf8("plain, ü, €, \xF0\x9F\x98\x80"));
  EXPECT_EQ(findInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(findInvalidUtf8("\xC0\x80"), 0u);         // Too long a form.
  EXPECT_EQ(findInvalidUtf8("a\xE0\x80\x80"), 1u);    // Too long a form.
  EXPECT_EQ(findInvalidUtf8("\xED\xA0\x80"), 0u);     // A surrogate.
  EXPECT_EQ(findInvalidUtf8("\xF4\x90\x80\x80"), 0u); // Beyond U+10FFFF.
  EXPECT_EQ(findInvalidUtf8("\xE2\x82"), 0u);         // Cut off.
  EXPECT_EQ(findInvalidUtf8("\x80"), 0u);
}

TEST(SourceTest, FilesThatCannotBeRead) {
  SourceManager sources;
  for (const char *path : {"/nowhere/at/all.nas", "/"}) {
    llvm::Expected<FileId> file = sources.addFile(path);
    EXPECT_FALSE(static_cast<bool>(file)) << path;
    EXPECT_FALSE(llvm::toString(file.takeError()).empty());
  }
  // A stream without end.
  llvm::Expected<FileId> zero = sources.addFile("/dev/zero");
  EXPECT_FALSE(static_cast<bool>(zero));
  EXPECT_EQ(llvm::errorToErrorCode(zero.takeError()),
            std::errc::file_too_large);
}

TEST(SourceTest, ABufferStandsInForAFile) {
  SourceManager sources;
  FileId buffer = sources.addBuffer("/nowhere/a.nas", "space s { }");
  llvm::Expected<FileId> file = sources.addFile("/nowhere/a.nas");
  ASSERT_TRUE(static_cast<bool>(file));
  EXPECT_EQ(*file, buffer);
}
