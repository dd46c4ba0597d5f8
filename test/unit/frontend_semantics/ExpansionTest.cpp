//===- ExpansionTest.cpp - The full names of choices ----------------------===//
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

TEST(Expansion, RoundsAndNestedRounds) {
  Checked checked("space p {\n"
                  "  choice depth in 1..2;\n"
                  "  repeat i in 1..depth {\n"
                  "    choice k in {3, 5};\n"
                  "    repeat j in 0..1 { choice w in {1, 2}; }\n"
                  "  }\n}");
  EXPECT_THAT(checked.choices(),
              ElementsAre("depth", "k[1]", "w[1][0]", "w[1][1]", "k[2]",
                          "w[2][0]", "w[2][1]"))
      << checked.report();
  EXPECT_TRUE(checked.program->expanded.find("k[1]")->alwaysActive);
  EXPECT_FALSE(checked.program->expanded.find("k[2]")->alwaysActive);
}

TEST(Expansion, PlacesOfCalls) {
  Checked checked("block stage(x) {\n"
                  "  choice k in {3, 5};\n"
                  "  return x |> conv2d(8, k);\n}\n"
                  "block pair(x) { return x |> stage |> stage; }\n" +
                  network("  var x = image |> stage;\n"
                          "  repeat i in 1..2 { x = x |> pair; }\n",
                          "x"));
  EXPECT_THAT(checked.choices(),
              ElementsAre("stage.k", "pair[1].stage1.k", "pair[1].stage2.k",
                          "pair[2].stage1.k", "pair[2].stage2.k"))
      << checked.report();
}

TEST(Expansion, BranchesThatAreNeverTakenHaveNoChoices) {
  Checked checked("space p {\n"
                  "  repeat i in 1..3 {\n"
                  "    if i > 2 { choice late in {1, 2}; }\n"
                  "    choice all in {1, 2};\n"
                  "  }\n}");
  EXPECT_THAT(checked.choices(),
              ElementsAre("all[1]", "all[2]", "late[3]", "all[3]"))
      << checked.report();
  EXPECT_TRUE(checked.program->expanded.find("late[3]")->alwaysActive);
}

TEST(Expansion, VariablesDecideRounds) {
  Checked checked("space p {\n"
                  "  var n = 1;\n"
                  "  repeat i in 1..2 { n = n * 2; }\n"
                  "  repeat i in n - 1..n { choice c in {1, 2}; }\n"
                  "}");
  EXPECT_THAT(checked.choices(), ElementsAre("c[3]", "c[4]"))
      << checked.report();
}

TEST(Expansion, AlternativesWithChoices) {
  Checked checked("block a(x) { choice k in {3, 5}; return conv2d(x, 8, k); }\n"
                  "block b(x) { return relu(x); }\n" +
                  network("  choice op in {a, b};\n", "op(op(image))"));
  EXPECT_THAT(checked.choices(), ElementsAre("op", "a1.k", "a2.k"))
      << checked.report();
  EXPECT_FALSE(checked.program->expanded.find("a1.k")->alwaysActive);
}

TEST(Expansion, EndlessSpacesAreStopped) {
  std::string nested;
  for (int i = 0; i < 6; ++i)
    nested += "repeat i" + std::to_string(i) + " in 1..4000 { ";
  Checked checked("space p { " + nested + "choice c in {1, 2}; } } } } } }}");
  EXPECT_THAT(checked.codes(), ElementsAre("NAS2012")) << checked.report();
}
