//===- ParetoFileTest.cpp - pareto.json -----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExampleReport.h"
#include "runtime/report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace nasc::report;

namespace {

llvm::json::Value paretoOf(const ReportData &data) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writePareto(os, data);
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json) {
    ADD_FAILURE() << llvm::toString(json.takeError()) << "\n" << text;
    return nullptr;
  }
  return *json;
}

TEST(ParetoFile, hasTheDocumentedForm) {
  ReportData data = test::exampleReport(200);
  llvm::json::Value json = paretoOf(data);
  const llvm::json::Object &object = *json.getAsObject();
  EXPECT_EQ(object.getInteger("schema"), 1);
  EXPECT_EQ(object.getString("spec"), llvm::StringRef("fashion_mnist"));
  EXPECT_EQ(object.getString("architectures"), llvm::StringRef("1285607423"));
  EXPECT_EQ(object.getString("feasible"), llvm::StringRef("42011935"));
  EXPECT_EQ(object.getInteger("evaluated"),
            static_cast<int64_t>(data.candidates.size()));
  const llvm::json::Array &objectives = *object.getArray("objectives");
  ASSERT_EQ(objectives.size(), 2u);
  EXPECT_EQ(objectives[1].getAsObject()->getString("device"),
            llvm::StringRef("h743"));
  EXPECT_EQ(objectives[1].getAsObject()->getString("goal"),
            llvm::StringRef("minimize"));
  EXPECT_EQ(object.getArray("metrics")->size(), 7u);
  const llvm::json::Array &limits = *object.getArray("limits");
  ASSERT_EQ(limits.size(), 5u);
  EXPECT_EQ(limits[0].getAsObject()->getInteger("bound"), 32768);
  EXPECT_EQ(limits[3].getAsObject()->get("metric"), nullptr);

  size_t front = 0;
  for (const CandidateReport &candidate : data.candidates)
    front += candidate.front;
  ASSERT_EQ(object.getArray("front")->size(), front);
  ASSERT_GT(front, 0u);
  for (const llvm::json::Value &entry : *object.getArray("front")) {
    const llvm::json::Object &candidate = *entry.getAsObject();
    auto place = llvm::find_if(data.candidates, [&](const auto &each) {
      return each.ordinal == candidate.getInteger("ordinal") &&
             each.stage == candidate.getString("stage");
    });
    ASSERT_NE(place, data.candidates.end());
    const CandidateReport &original = *place;
    EXPECT_TRUE(original.front);
    EXPECT_EQ(candidate.getString("text"),
              llvm::StringRef(original.architecture));
    const llvm::json::Object &choices = *candidate.getObject("architecture");
    EXPECT_TRUE(choices.getInteger("stem"));
    EXPECT_TRUE(choices.getString("body[1]"));
    const llvm::json::Object &metrics = *candidate.getObject("metrics");
    EXPECT_EQ(metrics.getNumber("accuracy"), original.values[0]);
    EXPECT_EQ(metrics.getObject("latency")->getNumber("h743"),
              original.values[1]);
  }
  const llvm::json::Array &winners = *object.getArray("winners");
  ASSERT_EQ(winners.size(), 3u);
  EXPECT_EQ(winners[0].getAsObject()->getObject("accuracy")->getNumber("test"),
            data.winners[0].testAccuracy);
  const llvm::json::Array &targets =
      *winners[0].getAsObject()->getArray("targets");
  ASSERT_EQ(targets.size(), 2u);
  const llvm::json::Object &board = *targets[0].getAsObject();
  EXPECT_EQ(board.getString("device"), llvm::StringRef("h743"));
  EXPECT_EQ(board.getString("target"), llvm::StringRef("cortex-m7"));
  EXPECT_EQ(board.getNumber("accuracy"), 0.8921);
  EXPECT_EQ(board.getInteger("arena"), 13328);
  EXPECT_EQ(board.getInteger("stack"), 268);
  EXPECT_EQ(board.getInteger("flash"), 2866);
  EXPECT_EQ(board.getInteger("firmware"), 5074);
  EXPECT_EQ(board.getInteger("instructions"), 3930020);
  EXPECT_EQ(board.getString("crc32"), llvm::StringRef("0badcafe"));
  const llvm::json::Object &missing = *targets[1].getAsObject();
  EXPECT_EQ(missing.getInteger("flash"), 2866);
  for (const char *unknown : {"stack", "firmware", "instructions", "crc32"})
    EXPECT_EQ(*missing.get(unknown), llvm::json::Value(nullptr)) << unknown;
}

TEST(ParetoFile, boundsAndUnknowns) {
  ReportData data;
  llvm::json::Value json = paretoOf(data);
  EXPECT_EQ(*json.getAsObject()->get("feasible"), llvm::json::Value(nullptr));
  EXPECT_EQ(*json.getAsObject()->get("architectures"),
            llvm::json::Value(nullptr));
  data.space.feasibleUpper = "123456789012345678901234567890";
  data.seed = 0xffff'ffff'ffff'ffffu;
  data.metrics = {{"accuracy", "", Unit::Fraction, Goal::Maximize, false},
                  {"ram", "a", Unit::Bytes, Goal::Minimize, false},
                  {"ram", "b", Unit::Bytes, Goal::None, false}};
  data.candidates = {
      {"flag=true,rate=1e-05,name=\xff\"<", "s", 0, {unknown, 1, 2}, true, ""}};
  json = paretoOf(data);
  const llvm::json::Object &object = *json.getAsObject();
  EXPECT_EQ(object.getObject("feasible")->getString("lower"),
            llvm::StringRef("0"));
  EXPECT_EQ(object.getObject("feasible")->getString("upper"),
            llvm::StringRef("123456789012345678901234567890"));
  EXPECT_EQ(object.get("seed")->getAsUINT64(), data.seed);
  const llvm::json::Object &front =
      *(*object.getArray("front"))[0].getAsObject();
  EXPECT_EQ(*front.getObject("metrics")->get("accuracy"),
            llvm::json::Value(nullptr));
  EXPECT_EQ(front.getObject("metrics")->getObject("ram")->getInteger("b"), 2);
  EXPECT_EQ(front.getObject("architecture")->getBoolean("flag"), true);
  EXPECT_EQ(front.getObject("architecture")->getNumber("rate"), 1e-5);
  EXPECT_EQ(front.getObject("architecture")->getString("name"),
            llvm::StringRef("\uFFFD\"<"));
}

} // namespace
