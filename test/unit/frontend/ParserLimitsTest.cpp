//===- ParserLimitsTest.cpp - Large and deep input ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyntaxTestSupport.h"

#include <chrono>

using namespace nasc;
using namespace nasc::test;

static std::string inLimits(const std::string &expression) {
  return "limits { " + expression + "; }";
}

TEST(ParserLimitsTest, NestingTenThousandDeepIsADiagnostic) {
  for (const char *bracket : {"(", "[", "f(", "f[", "{ a: ", "match a { 1 => "})
    EXPECT_EQ(Parsed(inLimits(repeated(bracket, 10000))).codes(), "NAS0005")
        << bracket;
  for (const char *opening :
       {"repeat i in 1..2 {", "if a {", "block b(x) {", "match a { 1 => {"})
    EXPECT_EQ(Parsed("space s {" + repeated(opening, 10000)).codes(), "NAS0005")
        << opening;
  EXPECT_EQ(Parsed("device d {" + repeated("a {", 10000)).codes(), "NAS0005");
}

TEST(ParserLimitsTest, NestingBelowTheLimitIsParsed) {
  EXPECT_EQ(Parsed(inLimits(repeated("(", 250) + "a" + repeated(")", 250)))
                .rendered(),
            "");
  EXPECT_EQ(Parsed(inLimits(repeated("f(", 250) + "a" + repeated(")", 250)))
                .rendered(),
            "");
  EXPECT_EQ(Parsed("space s {" + repeated("repeat i in 1..2 {", 250) +
                   repeated("}", 251))
                .rendered(),
            "");
  EXPECT_EQ(Parsed("space s { let a = " + repeated("match a { 1 => ", 250) +
                   "3" + repeated("}", 250) + "; }")
                .rendered(),
            "");
}

TEST(ParserLimitsTest, DepthWithoutBracketsIsBounded) {
  for (const std::string &text :
       {repeated("not ", 10000) + "a", repeated("- ", 10000) + "a",
        repeated("a implies ", 10000) + "a", repeated("a + ", 10000) + "a",
        "b + " + repeated("if ", 10000) + "a",
        "b + " + repeated("if a then ", 10000) + "a",
        repeated("forall i in 1..2: ", 10000) + "a",
        "a" + repeated("[1]", 10000), "a" + repeated(".b", 10000),
        "a" + repeated(" |> f", 10000)})
    EXPECT_EQ(Parsed(inLimits(text)).codes(), "NAS0005") << text.substr(0, 40);
}

TEST(ParserLimitsTest, LongChainsOfElseAreNotDeep) {
  EXPECT_EQ(Parsed("space s { let a = " + repeated("if a then b else ", 10000) +
                   "c; }")
                .rendered(),
            "");
  EXPECT_EQ(Parsed("space s { if a { let b = 1; } " +
                   repeated("else if a { let b = 1; } ", 10000) + "}")
                .rendered(),
            "");
  EXPECT_EQ(Parsed(inLimits("a" + repeated(" + a", 900))).rendered(), "");
}

TEST(ParserLimitsTest, TenMegabytesAreParsed) {
  std::string line = "  x = x |> conv2d(8, 3, stride = 1) |> relu; // more\n";
  std::string text = "space s(x: tensor[3]) -> classes(2) {\n" +
                     repeated(line, (10u << 20) / line.size()) + "}\n";
  auto start = std::chrono::steady_clock::now();
  Parsed parsed(text);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  EXPECT_EQ(parsed.rendered(), "");
  EXPECT_EQ(llvm::cast<ast::Space>(*parsed.file->items.front())
                .body.statements.size(),
            (10u << 20) / line.size());
  RecordProperty("milliseconds", static_cast<int>(seconds.count() * 1000));
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
  // Some five seconds on one core; far more would be more than linear.
  EXPECT_LT(seconds.count(), 60);
#endif
}

TEST(ParserLimitsTest, TenMegabytesOfGarbageEndSoon) {
  Parsed parsed(repeated("foo @ } { 3 ;\n", 700000));
  EXPECT_EQ(parsed.found.diagnostics.size(), 51u);
  Parsed letters(std::string(10u << 20, 'a'));
  EXPECT_EQ(letters.codes(), "NAS0023");
  // A message does not repeat a word of 10 MB.
  EXPECT_LT(letters.found.diagnostics.front().message.size(), 2000u);
  EXPECT_LT(letters.rendered().size(), 4000u);
}

TEST(ParserLimitsTest, MoreTokensThanCanBeHeldAreRejected) {
  Parsed parsed(repeated("a\n", maxTokens + 1));
  EXPECT_EQ(parsed.codes(), "NAS0008");
  EXPECT_FALSE(parsed.file);
}

TEST(ParserLimitsTest, FilesOverTheLimitAreRejected) {
  Parsed parsed(std::string(SourceManager::maxFileSize + 1, ' '));
  EXPECT_EQ(parsed.codes(), "NAS0002");
  EXPECT_FALSE(parsed.file);
}
