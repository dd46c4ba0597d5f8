//===- NumbersTest.cpp - Numbers and text as the report writes them -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>

using namespace nasc::report;

namespace {

TEST(ReportNumbers, percentages) {
  EXPECT_EQ(percentDigits(1), "100");
  EXPECT_EQ(percentDigits(0.125), "12.5");
  EXPECT_EQ(percentDigits(0), "0");
  EXPECT_EQ(percentDigits(1.25e-9), "1.25e-07");
  EXPECT_EQ(percentDigits(0.99999), "> 99.9");
}

TEST(ReportNumbers, humanNumbers) {
  EXPECT_EQ(humanNumber(0, Unit::Bytes), "0 B");
  EXPECT_EQ(humanNumber(1023, Unit::Bytes), "1023 B");
  EXPECT_EQ(humanNumber(1024, Unit::Bytes), "1 KiB");
  EXPECT_EQ(humanNumber(31949, Unit::Bytes), "31.2 KiB");
  EXPECT_EQ(humanNumber(1048576 - 1, Unit::Bytes), "1 MiB");
  EXPECT_EQ(humanNumber(2.5 * 1048576, Unit::Bytes), "2.5 MiB");
  EXPECT_EQ(humanNumber(9.841e-3, Unit::Seconds), "9.84 ms");
  EXPECT_EQ(humanNumber(0.99999e-3, Unit::Seconds), "1 ms");
  EXPECT_EQ(humanNumber(812e-6, Unit::Seconds), "812 µs");
  EXPECT_EQ(humanNumber(1e-12, Unit::Seconds), "1 ps");
  EXPECT_EQ(humanNumber(751, Unit::Seconds), "12 min 31 s");
  EXPECT_EQ(humanNumber(7384, Unit::Seconds), "2 h 3 min");
  EXPECT_EQ(humanNumber(1.234e-3, Unit::Joules), "1.23 mJ");
  EXPECT_EQ(humanNumber(264192, Unit::Count), "264,192");
  EXPECT_EQ(humanNumber(12501632, Unit::Count), "12.5 M");
  EXPECT_EQ(humanNumber(-5, Unit::Count), "-5");
  EXPECT_EQ(humanNumber(0.0123, Unit::Number), "0.0123");
  EXPECT_EQ(humanNumber(3.1e-6, Unit::Number),
            "3.1\u00a0\u00d7\u00a010\u207b\u2076");
  EXPECT_EQ(humanNumber(0.8994, Unit::Fraction), "89.94\u00a0%");
  EXPECT_EQ(humanNumber(unknown, Unit::Bytes), "\u2013");
  EXPECT_EQ(humanNumber(HUGE_VAL, Unit::Bytes), "\u221e");
}

TEST(ReportNumbers, exactNumbers) {
  EXPECT_EQ(exactNumber(12501632, Unit::Count), "12,501,632");
  EXPECT_EQ(exactNumber(31949, Unit::Bytes), "31,949 bytes");
  EXPECT_EQ(exactNumber(0.009841203, Unit::Seconds), "0.009841203 s");
}

TEST(ReportNumbers, jsonNumbersLoseNothing) {
  for (double value : {0.1, 1.0 / 3, 1e300, 5e-324, 123456789.0, -0.25, 0.0}) {
    EXPECT_EQ(std::strtod(jsonNumber(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(jsonNumber(0.1), "0.1");
  EXPECT_EQ(jsonNumber(unknown), "null");
  EXPECT_EQ(jsonNumber(-HUGE_VAL), "null");
}

TEST(ReportNumbers, countsOfAnySize) {
  EXPECT_EQ(humanCount("15625"), "15,625");
  EXPECT_EQ(humanCount("999999999999999"), "999,999,999,999,999");
  EXPECT_EQ(humanCount("1299999999999999999999"),
            "1.29\u00a0\u00d7\u00a010\u00b2\u00b9");
  EXPECT_EQ(humanCount(""), "\u2013");
  EXPECT_EQ(humanCount("<b>"), "<b>");
  EXPECT_EQ(humanCount("4.2011e+07"), "42,011,000");
  EXPECT_EQ(humanCount("4.2011e+20"), "4.2\u00a0\u00d7\u00a010\u00b2\u2070");
  EXPECT_EQ(countSpan("<b>"), "<span title=\"&lt;b&gt;\">&lt;b&gt;</span>");
  EXPECT_EQ(countValue("1000"), 1000);
  EXPECT_TRUE(std::isnan(countValue("")));
}

TEST(ReportText, escapes) {
  EXPECT_EQ(escape("<a href=\"x\" title='y'>&amp;"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(escape(llvm::StringRef("a\0b\x1b\tc", 6)), "ab\tc");
  EXPECT_EQ(escape("\xff"), "\uFFFD");
  EXPECT_EQ(escapeScript("[\"</script><!--\"]"),
            "[\"\\u003c/script>\\u003c!--\"]");
}

TEST(ReportText, linksStayInTheFolder) {
  EXPECT_EQ(relativeLink("winner1/host/run"), "winner1/host/run");
  EXPECT_EQ(relativeLink("a b\"c"), "a%20b%22c");
  EXPECT_EQ(relativeLink("javascript:alert(1)"), "javascript%3Aalert%281%29");
  EXPECT_EQ(relativeLink("/etc/passwd"), "");
  EXPECT_EQ(relativeLink("../x"), "");
}

TEST(ReportText, architecturesAndNames) {
  auto choices = choicesOf("stem=16,stage2.kernel[1]=3,body[1]=separable");
  ASSERT_EQ(choices.size(), 3u);
  EXPECT_EQ(choices[1].first, "stage2.kernel[1]");
  EXPECT_EQ(choices[2].second, "separable");
  EXPECT_TRUE(choicesOf("").empty());
  EXPECT_EQ(metricLabel({"latency", "h743", Unit::Seconds, Goal::None, true}),
            "Modelled latency on h743");
  EXPECT_EQ(metricLabel({"ram", "h743", Unit::Bytes, Goal::None, false}),
            "RAM on h743");
  EXPECT_EQ(metricLabel({"accuracy", "", Unit::Fraction}), "Accuracy");
}

} // namespace
