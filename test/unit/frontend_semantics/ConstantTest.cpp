//===- ConstantTest.cpp - Evaluation of constants -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SemanticsTestSupport.h"

#include <gmock/gmock.h>

using namespace nasc;
using namespace nasc::test;
using testing::ElementsAre;
using testing::IsEmpty;

/// The value of a constant expression, by way of a choice of it alone.
static std::string evaluate(llvm::StringRef expression) {
  Checked checked("space p { choice value in {" + expression.str() + "}; }");
  if (checked.diagnostics.hasErrors())
    return checked.codes().front();
  return checked.domain("value");
}

TEST(Constants, IntegersAreExact) {
  EXPECT_EQ(evaluate("2 + 3 * 4"), "14");
  EXPECT_EQ(evaluate("9_223_372_036_854_775_807"), "9223372036854775807");
  EXPECT_EQ(evaluate("-9_223_372_036_854_775_807 - 1"), "-9223372036854775808");
  EXPECT_EQ(evaluate("7 % 4"), "3");
  EXPECT_EQ(evaluate("-7 % 4"), "1");
  EXPECT_EQ(evaluate("div(-7, 2)"), "-4");
  EXPECT_EQ(evaluate("ceildiv(-7, 2)"), "-3");
  EXPECT_EQ(evaluate("div(7, 2)"), "3");
  EXPECT_EQ(evaluate("ceildiv(7, 2)"), "4");
  EXPECT_EQ(evaluate("min(3, 1, 2)"), "1");
  EXPECT_EQ(evaluate("max(3, 1, 2)"), "3");
  EXPECT_EQ(evaluate("abs(-3)"), "3");
  EXPECT_EQ(evaluate("12 / 4"), "3");
  EXPECT_EQ(evaluate("if 2 > 1 then 5 else 6"), "5");
}

TEST(Constants, OverflowIsDiagnosed) {
  EXPECT_EQ(evaluate("9_223_372_036_854_775_807 + 1"), "NAS1016");
  EXPECT_EQ(evaluate("-9_223_372_036_854_775_807 - 2"), "NAS1016");
  EXPECT_EQ(evaluate("4_000_000_000 * 4_000_000_000"), "NAS1016");
  EXPECT_EQ(evaluate("-(-9_223_372_036_854_775_807 - 1)"), "NAS1016");
  EXPECT_EQ(evaluate("abs(-9_223_372_036_854_775_807 - 1)"), "NAS1016");
  EXPECT_EQ(evaluate("(-9_223_372_036_854_775_807 - 1) / -1"), "NAS1018");
  EXPECT_EQ(evaluate("1e300 * 1e300"), "NAS1016");
}

TEST(Constants, DivisionIsDiagnosed) {
  EXPECT_EQ(evaluate("1 / 0"), "NAS1017");
  EXPECT_EQ(evaluate("1.0 / 0.0"), "NAS1017");
  EXPECT_EQ(evaluate("1 % 0"), "NAS1017");
  EXPECT_EQ(evaluate("div(1, -1)"), "NAS1017");
  EXPECT_EQ(evaluate("7 / 2"), "NAS1018");
}

TEST(Constants, RealNumbers) {
  EXPECT_EQ(evaluate("0.1 + 0.2"), "0.3"); // exact fractions, not doubles
  EXPECT_EQ(evaluate("1 / 4.0"), "0.25");
  EXPECT_EQ(evaluate("50 %"), "0.5");
}

TEST(Constants, Ranges) {
  Checked checked("space p {\n"
                  "  choice a in 8..64 step 8;\n"
                  "  choice b in -1..1;\n"
                  "  choice c in 0.0..0.5 points 6;\n"
                  "  choice d in 1e-4..1e-1 log points 4;\n"
                  "  choice e in 0.5..0.5;\n"
                  "  choice f in {1, 0.5};\n"
                  "}");
  ASSERT_THAT(checked.codes(), IsEmpty()) << checked.report();
  EXPECT_EQ(checked.domain("a"), "8 16 24 32 40 48 56 64");
  EXPECT_EQ(checked.domain("b"), "-1 0 1");
  EXPECT_EQ(checked.domain("c"), "0.0 0.1 0.2 0.3 0.4 0.5");
  EXPECT_EQ(checked.domain("e"), "0.5");
  EXPECT_EQ(checked.domain("f"), "1.0 0.5");
  const ChoiceDomain &log = checked.program->expanded.find("d")->choice->domain;
  ASSERT_EQ(log.reals.size(), 4u);
  EXPECT_EQ(log.reals.front(), 1e-4);
  EXPECT_EQ(log.reals.back(), 1e-1);
  EXPECT_NEAR(log.reals[1], 1e-3, 1e-15);
}

TEST(Constants, QuantitiesOfDevicesAreInBaseUnits) {
  Checked checked("device d {\n"
                  "  clock = 480 MHz; ram = 512 KiB; flash = 2 MiB;\n"
                  "  precision int8 {\n"
                  "    cycles_per_byte = 0.25; energy_per_byte = 20 pJ;\n"
                  "    conv2d { cycles_per_mac = 1.03; overhead = 900 cycles;\n"
                  "             energy_per_mac = 0.5 pJ; code = 1400 B; }\n"
                  "  }\n}\n");
  ASSERT_THAT(checked.codes(), IsEmpty()) << checked.report();
  const DeviceSpec &device = checked.program->devices.front();
  EXPECT_EQ(device.clock, 480'000'000);
  EXPECT_EQ(device.ram, 512 * 1024);
  EXPECT_EQ(device.flash, 2 * 1024 * 1024);
  const CostModelSpec &model = device.models.front();
  EXPECT_EQ(model.cyclesPerByte, 250);
  EXPECT_EQ(model.energyPerByte, 20'000);
  const LayerCostSpec &layer = model.layers.front();
  EXPECT_EQ(layer.cyclesPerMac, 1030);
  EXPECT_EQ(layer.overhead, 900'000);
  EXPECT_EQ(layer.energyPerMac, 500);
  EXPECT_EQ(layer.code, 1400);
}
