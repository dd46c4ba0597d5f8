//===- ReportTest.cpp - report.html ---------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Report.h"
#include "ExampleReport.h"
#include "runtime/report/Html.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <chrono>
#include <cstdlib>
#include <set>

using namespace nasc::report;
using llvm::StringRef;

namespace {

std::string reportOf(const ReportData &data) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeReport(os, data);
  return text;
}

/// What is between two marks, the first time.
StringRef between(StringRef text, StringRef begin, StringRef end) {
  size_t from = text.find(begin);
  if (from == StringRef::npos)
    return "";
  from += begin.size();
  return text.slice(from, text.find(end, from));
}

/// The page without comments and without what is in scripts and styles, which
/// a browser takes as they are.
std::string markupOf(StringRef page) {
  std::string markup;
  while (!page.empty()) {
    size_t script = page.find("<script"), style = page.find("<style");
    size_t comment = page.find("<!--");
    size_t next = std::min({script, style, comment, page.size()});
    markup += page.take_front(next);
    if (next == page.size())
      break;
    StringRef end = next == comment  ? "-->"
                    : next == script ? "</script>"
                                     : "</style>";
    size_t close = page.find(end, next);
    EXPECT_NE(close, StringRef::npos);
    if (next != comment) {
      // Keep the tags themselves.
      markup += page.slice(next, page.find('>', next) + 1);
      markup += end;
    }
    page = page.substr(close + end.size());
  }
  return markup;
}

/// Whether the tags of HTML are closed in their order, attributes are in
/// double quotes, and no identifier comes twice.
testing::AssertionResult isWellFormed(StringRef page) {
  static const std::set<std::string> empty = {"meta", "input", "br", "wbr",
                                              "!DOCTYPE"};
  std::string markup = markupOf(page);
  StringRef rest = markup;
  std::vector<std::string> open;
  std::set<std::string> identifiers;
  while (true) {
    size_t at = rest.find('<');
    if (rest.take_front(at).contains('>') && rest.take_front(at).contains("->"))
      return testing::AssertionFailure() << "stray text";
    if (at == StringRef::npos)
      break;
    rest = rest.substr(at + 1);
    // Attribute values are escaped, so that a '>' ends the tag.
    size_t end = rest.find('>');
    if (end == StringRef::npos)
      return testing::AssertionFailure() << "tag without an end";
    StringRef tag = rest.take_front(end);
    rest = rest.substr(end + 1);
    if (tag.consume_front("/")) {
      if (open.empty() || open.back() != tag)
        return testing::AssertionFailure()
               << "</" << tag.str() << "> closes "
               << (open.empty() ? "nothing" : open.back());
      open.pop_back();
      continue;
    }
    if (tag.count('"') % 2)
      return testing::AssertionFailure() << "odd quotes in <" << tag.str();
    std::string name =
        tag.take_until([](char c) { return llvm::isSpace(c) || c == '/'; })
            .str();
    if (tag.contains(" id=\"")) {
      std::string id = between(tag, " id=\"", "\"").str();
      if (!identifiers.insert(id).second)
        return testing::AssertionFailure() << "identifier twice: " << id;
    }
    if (!empty.count(name) && !tag.ends_with("/"))
      open.push_back(name);
  }
  if (!open.empty())
    return testing::AssertionFailure() << "not closed: " << open.back();
  return testing::AssertionSuccess();
}

TEST(Report, isWellFormed) {
  EXPECT_TRUE(isWellFormed(reportOf(test::exampleReport(100))));
  EXPECT_TRUE(isWellFormed(reportOf(ReportData())));
  ReportData fixed = test::exampleReport(0);
  fixed.space = {};
  EXPECT_TRUE(isWellFormed(reportOf(fixed)));
}

TEST(Report, refersToNothingOutside) {
  std::string page = reportOf(test::exampleReport(100));
  // The policy makes a browser refuse whatever these checks might miss.
  EXPECT_NE(page.find("Content-Security-Policy\" content=\"default-src 'none'"),
            std::string::npos);
  std::string markup = markupOf(page);
  for (const char *forbidden : {"http:", "https:", "src=", "<link", "<iframe",
                                "<object", "<img", "javascript:", "\"//"})
    EXPECT_EQ(markup.find(forbidden), std::string::npos) << forbidden;
  for (StringRef rest = markup; rest.contains("href=\"");
       rest = rest.substr(rest.find("href=\"") + 6)) {
    StringRef link = between(rest, "href=\"", "\"");
    EXPECT_TRUE(link.starts_with("#") || link.starts_with("winner"))
        << link.str();
  }
  for (const char *part : {reportStyle, reportScript})
    for (const char *forbidden :
         {"http:", "https:", "@import", "url(", "fetch(", "XMLHttpRequest"})
      EXPECT_EQ(StringRef(part).find(forbidden), StringRef::npos) << forbidden;
}

TEST(Report, bringsChartJsWithItsLicence) {
  std::string page = reportOf(test::exampleReport(100));
  EXPECT_NE(page.find("Chart.js v3"), std::string::npos);
  EXPECT_NE(page.find("Permission is hereby granted, free of charge"),
            std::string::npos);
  for (const char *script : {chartScript, reportScript}) {
    EXPECT_EQ(StringRef(script).find("</script"), StringRef::npos);
    EXPECT_EQ(StringRef(script).find("<!--"), StringRef::npos);
  }
  // Nothing to plot, nothing to plot with.
  EXPECT_EQ(reportOf(ReportData()).find("Chart.js v3"), std::string::npos);
}

TEST(Report, scriptDataAreJson) {
  ReportData data = test::exampleReport(100);
  std::string page = reportOf(data);
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(
      between(page, "<script type=\"application/json\" id=\"report-data\">",
              "</script>"));
  ASSERT_TRUE(bool(json)) << llvm::toString(json.takeError());
  const llvm::json::Object &object = *json->getAsObject();
  ASSERT_EQ(object.getArray("candidates")->size(), data.candidates.size());
  const llvm::json::Array &row =
      *(*object.getArray("candidates"))[11].getAsArray();
  ASSERT_EQ(row.size(), 4 + data.metrics.size());
  EXPECT_EQ(row[2].getAsString(), StringRef(data.candidates[11].architecture));
  EXPECT_EQ(row[4], llvm::json::Value(nullptr)); // not measured
  EXPECT_EQ(row[5].getAsNumber(), data.candidates[11].values[1]);
  EXPECT_EQ(object.getArray("limits")->size(), 3u);
}

/// Every text of a report, hostile.
TEST(Report, escapesEveryText) {
  const std::string hostile =
      "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&"
      "<!-- \xff\xc0";
  ReportData data = test::exampleReport(30);
  data.spec = data.specHash = data.command = data.nascVersion = data.host =
      data.date = hostile;
  data.sources = {{hostile, hostile}};
  data.remarks = {hostile};
  data.space.architectures = data.space.feasibleLower =
      data.space.feasibleUpper = data.space.feasibleEstimate =
          data.space.countRemark = hostile;
  data.space.limits = {{hostile, hostile, 1, hostile, hostile}};
  data.space.choices = {
      {hostile, {hostile}, {}, {{hostile, hostile, hostile}}}};
  data.stages = {{hostile, hostile, 1, 1, hostile}};
  for (MetricColumn &column : data.metrics)
    column.name = column.device = hostile;
  for (ProgressPoint &point : data.progress)
    point.stage = hostile;
  for (CandidateReport &candidate : data.candidates)
    candidate.architecture = candidate.stage = candidate.failure = hostile;
  for (WinnerReport &winner : data.winners) {
    winner.name = winner.architecture = winner.training = hostile;
    winner.results = {{hostile, 1}};
    for (LimitUse &use : winner.totals)
      use.label = hostile;
    for (LayerReport &layer : winner.layers) {
      layer.name = layer.kind = layer.input = layer.output = hostile;
      for (DeviceCost &cost : layer.devices)
        cost.device = hostile;
    }
    for (MemoryReport &memory : winner.memory) {
      memory.device = hostile;
      for (std::string &step : memory.steps)
        step = hostile;
      for (BufferReport &buffer : memory.buffers)
        buffer.name = buffer.kind = hostile;
    }
    for (FileReport &file : winner.files)
      file.path = file.description = hostile;
    for (VerificationReport &check : winner.verification)
      check.target = check.what = check.checksum = hostile;
    for (TargetReport &target : winner.targets) {
      target.device = target.machine = target.description = hostile;
      target.emulator = target.crc32 = target.expectedCrc32 = hostile;
      target.memory.device = target.memory.remark = hostile;
      target.remarks = {hostile};
      for (auto *steps : {&target.steps, &target.layersWithoutStep})
        for (StepReport &step : *steps)
          step.layer = step.kind = step.output = hostile;
      for (FlashReport &section : target.flash)
        section.section = hostile;
      for (PredictionReport &prediction : target.predictions) {
        prediction.label = hostile;
        for (PredictionReport &part : prediction.parts)
          part.label = hostile;
      }
    }
  }
  std::string page = reportOf(data);
  EXPECT_TRUE(isWellFormed(page));
  EXPECT_TRUE(llvm::json::isUTF8(page));
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  // The scripts of the report itself, and no others.
  EXPECT_EQ(StringRef(page).count("<script"), 3u);
  EXPECT_EQ(StringRef(page).count("</script"), 3u);
}

TEST(Report, tablesStandWithoutScripts) {
  ReportData data = test::exampleReport(300);
  std::string markup = markupOf(reportOf(data));
  for (size_t at; (at = markup.find("<wbr>")) != std::string::npos;)
    markup.erase(at, 5);
  for (const CandidateReport &candidate : data.candidates)
    EXPECT_NE(markup.find(">" + candidate.architecture), std::string::npos);
  EXPECT_NE(markup.find("the loss became NaN"), std::string::npos);
  EXPECT_NE(markup.find("excludes nothing"), std::string::npos);
  EXPECT_NE(markup.find("modelled"), std::string::npos);
}

TEST(Report, drawsLongRangesTogether) {
  std::string page = reportOf(test::exampleReport(0));
  EXPECT_NE(page.find("1\u202640</span>"), std::string::npos);
  EXPECT_NE(page.find("41\u202664</del>"), std::string::npos);
}

TEST(Report, valuesHaveTheirShareOfTheFeasibleSet) {
  std::string html = reportOf(test::exampleReport(0));
  EXPECT_NE(html.find(">8 <small>12.5\u00a0%</small>"), std::string::npos);
  EXPECT_NE(html.find(">16 <small>87.5\u00a0%</small>"), std::string::npos);
  // Not known of the others.
  EXPECT_EQ(html.find(">5 <small>"), std::string::npos);
}

TEST(Report, theSameDataGiveTheSameBytes) {
  EXPECT_EQ(reportOf(test::exampleReport(50)),
            reportOf(test::exampleReport(50)));
}

TEST(Report, thousandsOfCandidatesAreQuick) {
  ReportData data = test::exampleReport(2000);
  auto begin = std::chrono::steady_clock::now();
  std::string page = reportOf(data);
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(time.count(), 2.0);
  EXPECT_LT(page.size(), 4u << 20);
}

TEST(Report, survivesOddData) {
  ReportData data = test::exampleReport(10);
  data.candidates[0].values.clear();
  data.winners.resize(1);
  data.winners[0].memory = {
      {"d",
       {"only"},
       {{"b", "conv2d", 0, 8, 0, 5}, {"c", "conv2d", 0, 8, 7, 9}},
       0}};
  data.winners[0].totals = {{"x", Unit::Bytes, 5, 0, false},
                            {"y", Unit::Bytes, 7, 5, false}};
  data.space.choices = {{"none", {}, {}, {}},
                        {"c", {"1"}, {}, {{"1", "", "w"}}}};
  std::string page = reportOf(data);
  EXPECT_TRUE(isWellFormed(page));
  // Nothing is said of who removed a value where that is not known.
  EXPECT_NE(page.find("title=\"removed: w\""), std::string::npos);
  EXPECT_EQ(page.find("<span class=\"badge\"></span>"), std::string::npos);
}

/// The part of the page on one target of the first winner.
std::string targetOf(const ReportData &data, StringRef device) {
  std::string page = reportOf(data);
  return between(page, ("<strong>" + device + "</strong>").str(),
                 "</details>\n"
                 "<details class")
      .str();
}

TEST(Report, showsWhatWasPredictedAndMeasured) {
  ReportData data = test::exampleReport(100);
  ASSERT_FALSE(data.winners.empty());
  data.winners.resize(1);
  std::string html = targetOf(data, "h743");
  // RAM was promised, flash was not kept.
  EXPECT_EQ(StringRef(html).count("predicted is above"), 1u);
  EXPECT_EQ(StringRef(html).count("predicted is below"), 1u);
  EXPECT_NE(html.find("+10.2\u00a0%"), std::string::npos);
  EXPECT_NE(html.find("-1.5\u00a0%"), std::string::npos);
  EXPECT_NE(html.find("Instructions are no cycles"), std::string::npos);
  EXPECT_NE(html.find("as expected"), std::string::npos);
  EXPECT_NE(html.find("title=\"instructions per MAC\""), std::string::npos);
  EXPECT_NE(html.find(">30.12</span>"), std::string::npos);
  EXPECT_NE(html.find("86.5\u00a0%"), std::string::npos) << "share of conv1";
  data.winners[0].targets[0].predictions[1].predicted = 5074;
  data.winners[0].targets[0].crc32 = "deadbeef";
  html = targetOf(data, "h743");
  EXPECT_EQ(StringRef(html).count("predicted is above"), 2u);
  EXPECT_EQ(StringRef(html).count("predicted is below"), 0u);
  EXPECT_NE(html.find("expected 0badcafe"), std::string::npos);
  EXPECT_EQ(html.find("as expected"), std::string::npos);
}

TEST(Report, showsHowANetworkLearned) {
  std::string html = reportOf(test::exampleReport(50));
  // A point of a curve, and the figures of a class, as tables.
  EXPECT_NE(html.find("Epochs as a table"), std::string::npos);
  EXPECT_NE(html.find("68"), std::string::npos);
  EXPECT_NE(html.find("Confusion matrix"), std::string::npos);
  // 26 of 35 shirts are found, 26 of 31 answers "shirt" are right, and nine
  // are taken for coats.
  size_t row = html.find("<th scope=\"row\">shirt</th>");
  ASSERT_NE(row, std::string::npos);
  std::string figures = html.substr(row, html.find("</tr>", row) - row);
  EXPECT_NE(figures.find("74.29"), std::string::npos) << figures;
  EXPECT_NE(figures.find("83.87"), std::string::npos) << figures;
  EXPECT_NE(figures.find("coat <small>9"), std::string::npos) << figures;
  // A hypervolume without its reference point says nothing.
  EXPECT_NE(html.find("reference point (Accuracy"), std::string::npos);
}

TEST(Report, layersThatCostNothingAreFolded) {
  ReportData data = test::exampleReport(50);
  LayerReport free;
  free.name = "batch_norm7";
  free.kind = "batch_norm";
  data.winners.front().layers.push_back(free);
  std::string html = reportOf(data);
  size_t folded = html.find(" layer that costs nothing, folded into others");
  ASSERT_NE(folded, std::string::npos);
  EXPECT_GT(html.find("batch_norm7"), folded);
}

TEST(Report, almostAllIsNotAll) {
  ReportData data = test::exampleReport(100);
  ASSERT_FALSE(data.winners.empty());
  data.winners[0].targets[0].steps[0].share = 0.99999;
  std::string page = reportOf(data);
  EXPECT_NE(page.find("&gt; 99.9\u00a0%"), std::string::npos);
  EXPECT_TRUE(isWellFormed(page));
}

TEST(Report, aTargetThatDidNotRunSaysWhy) {
  ReportData data = test::exampleReport(100);
  ASSERT_FALSE(data.winners.empty());
  data.winners.resize(1);
  data.winners[0].targets.erase(data.winners[0].targets.begin());
  std::string page = reportOf(data);
  EXPECT_TRUE(isWellFormed(page));
  EXPECT_NE(page.find("&#39;qemu-riscv64&#39; is missing"), std::string::npos);
  EXPECT_NE(page.find("not run</span>"), std::string::npos);
  EXPECT_NE(page.find("not measured</span>"), std::string::npos);
  // No column of what nobody counted, and no linked sizes.
  EXPECT_EQ(page.find("instructions per MAC"), std::string::npos);
  EXPECT_EQ(page.find("Example project adds"), std::string::npos);
}

TEST(Report, integersAreComparedByteByByte) {
  ReportData data = test::exampleReport(100);
  ASSERT_FALSE(data.winners.empty());
  data.winners.resize(1);
  std::string page = reportOf(data);
  StringRef check = between(page, "<strong>h743, int8</strong>", "</dl>");
  EXPECT_TRUE(check.contains("byte by byte</dt><dd><span title=\"200\""));
  EXPECT_TRUE(check.contains("<dt>Differ</dt><dd><span title=\"0\""));
  EXPECT_TRUE(check.contains("Accuracy on int8"));
  // A loss has no bound that it may not exceed.
  EXPECT_FALSE(check.contains("allowed"));
  EXPECT_TRUE(between(page, "<strong>host, float32, object</strong>", "</dl>")
                  .contains("allowed"));
}

TEST(Report, bytesThatAreWrittenOverCountOnce) {
  ReportData data = test::exampleReport(100);
  ASSERT_FALSE(data.winners.empty());
  data.winners.resize(1);
  data.winners[0].memory.clear();
  data.winners[0].targets.resize(1);
  std::string html = targetOf(data, "h743");
  html = between(reportOf(data), "Memory over time", "</details>").str();
  // conv1 with the image, and not depthwise1 beside what it is written over.
  EXPECT_NE(html.find("<span title=\"13,328 bytes\">13 KiB</span> of it hold"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("written over conv1"), std::string::npos);
  // 4 steps over 900 units from 74 on: the input ends in the middle of step 1.
  EXPECT_NE(html.find("<rect x=\"75\" y="), std::string::npos);
  EXPECT_NE(html.find("width=\"335.5\""), std::string::npos);
  EXPECT_NE(html.find("<rect x=\"412.5\""), std::string::npos);
}

/// Leaves a report to look at where the variable says; nothing is checked.
TEST(Report, writesASample) {
  const char *path = std::getenv("NASC_REPORT_SAMPLE");
  if (!path)
    GTEST_SKIP() << "NASC_REPORT_SAMPLE does not name a file";
  const char *count = std::getenv("NASC_REPORT_CANDIDATES");
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  ASSERT_FALSE(code);
  writeReport(os, test::exampleReport(count ? std::atoi(count) : 96));
}

} // namespace
