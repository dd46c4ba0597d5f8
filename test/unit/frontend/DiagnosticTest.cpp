//===- DiagnosticTest.cpp - The engine, its consumers, the catalogue ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostic.h"

#include "gtest/gtest.h"

#include <set>

using namespace nasc;

namespace {

struct Engine {
  Engine() : file(sources.addBuffer("a.nas", "let größe = 3;\n")) {}

  SourceManager sources;
  FileId file;
  CollectingDiagnosticConsumer found;
  DiagnosticEngine diagnostics{sources, &found};
};

} // namespace

TEST(DiagnosticTest, TextMarksTheRange) {
  Engine engine;
  std::string text;
  llvm::raw_string_ostream stream(text);
  TextDiagnosticConsumer consumer(stream, /*color=*/false);
  engine.diagnostics.setConsumer(&consumer);
  engine.diagnostics
      .report(Diag::NAS0020, {engine.file, 4, 11}, "expected ", 3, " things")
      .note({engine.file, 0, 3}, "here")
      .note(SourceRange(), "nowhere")
      .help("do it");
  EXPECT_EQ(text, "a.nas:1:5: error[NAS0020]: expected 3 things\n"
                  "    1 | let größe = 3;\n"
                  "      |     ^~~~~\n"
                  "a.nas:1:1: note: here\n"
                  "    1 | let größe = 3;\n"
                  "      | ^~~\n"
                  "  note: nowhere\n"
                  "  help: do it\n");
  text.clear();
  engine.diagnostics.reportAbout(Diag::NAS0001, "b.nas", "cannot read it");
  EXPECT_EQ(text, "b.nas: error[NAS0001]: cannot read it\n");
}

TEST(DiagnosticTest, ColorOnlyWhereWanted) {
  Engine engine;
  std::string text;
  llvm::raw_string_ostream stream(text);
  TextDiagnosticConsumer consumer(stream, /*color=*/true);
  engine.diagnostics.setConsumer(&consumer);
  engine.diagnostics.report(Diag::NAS0020, {engine.file, 0, 3}, "x");
  EXPECT_NE(text.find("\033[1;31merror[NAS0020]: \033[0m"), std::string::npos);
  EXPECT_FALSE(colorsWanted(stream));
}

TEST(DiagnosticTest, LongLinesAreShownInPart) {
  SourceManager sources;
  FileId file = sources.addBuffer("a.nas", std::string(100000, 'x'));
  std::string text;
  llvm::raw_string_ostream stream(text);
  TextDiagnosticConsumer consumer(stream, /*color=*/false);
  DiagnosticEngine diagnostics(sources, &consumer);
  diagnostics.report(Diag::NAS0020, {file, 50000, 60000}, "message");
  EXPECT_LT(text.size(), 1000u);
}

TEST(DiagnosticTest, JsonIsOneObjectALine) {
  Engine engine;
  std::string text;
  llvm::raw_string_ostream stream(text);
  JsonDiagnosticConsumer consumer(stream);
  engine.diagnostics.setConsumer(&consumer);
  engine.diagnostics.report(Diag::NAS0020, {engine.file, 4, 11}, "a \"b\"")
      .note(SourceRange(), "n")
      .help("h");
  engine.diagnostics.reportAbout(Diag::NAS0001, "p\xFF", "unreadable");
  auto [first, second] = llvm::StringRef(text).split('\n');
  llvm::Expected<llvm::json::Value> object = llvm::json::parse(first);
  ASSERT_TRUE(static_cast<bool>(object));
  auto *members = object->getAsObject();
  EXPECT_EQ(members->getString("code"), "NAS0020");
  EXPECT_EQ(members->getString("severity"), "error");
  EXPECT_EQ(members->getString("slug"), "unexpected-token");
  EXPECT_EQ(members->getString("message"), "a \"b\"");
  EXPECT_EQ(members->getString("file"), "a.nas");
  auto *begin = members->getObject("range")->getObject("begin");
  EXPECT_EQ(begin->getInteger("line"), 1);
  EXPECT_EQ(begin->getInteger("column"), 5);
  auto *end = members->getObject("range")->getObject("end");
  EXPECT_EQ(end->getInteger("column"), 10);
  EXPECT_EQ(members->getArray("notes")->size(), 1u);
  EXPECT_EQ(members->getArray("help")->size(), 1u);
  llvm::Expected<llvm::json::Value> other = llvm::json::parse(second.trim());
  ASSERT_TRUE(static_cast<bool>(other)) << second.str();
  EXPECT_TRUE(other->getAsObject()->getString("subject").has_value());
  EXPECT_FALSE(other->getAsObject()->getObject("range"));
}

TEST(DiagnosticTest, CountsDuplicatesAndTheLimit) {
  Engine engine;
  engine.diagnostics.setMaxErrors(3);
  for (unsigned i = 0; i < 2; ++i)
    engine.diagnostics.report(Diag::NAS0020, {engine.file, 0, 1}, "same");
  EXPECT_EQ(engine.diagnostics.errorCount(), 1u);
  for (unsigned i = 0; i < 10; ++i)
    engine.diagnostics.report(Diag::NAS0020, {engine.file, 0, 1}, "error ", i);
  EXPECT_TRUE(engine.diagnostics.errorLimitReached());
  EXPECT_EQ(engine.diagnostics.errorCount(), 11u);
  ASSERT_EQ(engine.found.diagnostics.size(), 4u);
  EXPECT_EQ(engine.found.diagnostics.back().code, Diag::NAS0099);
}

TEST(DiagnosticTest, NearestName) {
  const llvm::StringRef names[] = {"separable", "conv2d", "conv1d", "width",
                                   "stem"};
  EXPECT_EQ(nearestName("seperable", names), "separable");
  EXPECT_EQ(nearestName("conv2D", names), "conv2d");
  EXPECT_EQ(nearestName("widht", names), "width");
  EXPECT_EQ(nearestName("WIDTH", names), "width");
  EXPECT_FALSE(nearestName("depth", {"x", "i"}));
  EXPECT_FALSE(nearestName("something", names));
  EXPECT_FALSE(nearestName("", names));
  EXPECT_FALSE(nearestName(std::string(100000, 'a'), names));
}

TEST(DiagnosticTest, TheCatalogueIsOrderedAndComplete) {
  std::set<llvm::StringRef> names, slugs;
  llvm::StringRef last;
  for (const DiagnosticInfo &info : allDiagnostics()) {
    EXPECT_LT(last.str(), info.name.str());
    last = info.name;
    EXPECT_TRUE(slugs.insert(info.slug).second) << info.slug.str();
    EXPECT_EQ(info.name.size(), 7u) << info.name.str();
    EXPECT_FALSE(info.summary.empty());
    EXPECT_GT(info.explanation.size(), 40u) << info.name.str();
    EXPECT_EQ(codeName(info.code), info.name);
    EXPECT_EQ(findDiagnostic(info.name), &info);
    EXPECT_EQ(findDiagnostic(info.slug), &info);
    std::optional<std::string> text = explain(info.name);
    ASSERT_TRUE(text);
    EXPECT_TRUE(llvm::StringRef(*text).starts_with(info.name));
  }
  EXPECT_EQ(findDiagnostic("nas0021"), findDiagnostic("0021"));
  EXPECT_FALSE(explain("NAS9999"));
  EXPECT_FALSE(explain(""));
}
