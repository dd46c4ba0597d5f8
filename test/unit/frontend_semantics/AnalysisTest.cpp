//===- AnalysisTest.cpp - Names, types and units --------------------------===//
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

TEST(Analysis, LocalBlocksSeeChoicesAndLetsAroundThem) {
  Checked checked(network("  choice width in {8, 16};\n"
                          "  let twice = width * 2;\n"
                          "  block f(x) { return x |> conv2d(twice, 3); }\n",
                          "image |> f |> f"));
  EXPECT_THAT(checked.codes(), IsEmpty()) << checked.report();
}

TEST(Analysis, NamesOfBlocksMayRepeatThoseAround) {
  Checked checked(
      network("  choice width in {8, 16};\n"
              "  var x = image;\n"
              "  block f(x, width: int) { return x |> conv2d(width, 3); }\n"
              "  x = f(x, width);\n",
              "x"));
  EXPECT_THAT(checked.codes(), IsEmpty()) << checked.report();
}

TEST(Analysis, ItemsStandInAnyOrder) {
  Checked checked(network("", "image |> later") +
                  "block later(x) { return relu(x); }");
  EXPECT_THAT(checked.codes(), IsEmpty()) << checked.report();
}

TEST(Analysis, OneErrorCausesNoOthers) {
  // The type of `a` is not known: nothing that uses it is an error.
  Checked checked(network("  let a = unknown;\n"
                          "  let b = a + 1;\n"
                          "  let c = b * 2 / 3;\n",
                          "image |> conv2d(c, b)"));
  EXPECT_THAT(checked.codes(), ElementsAre("NAS1002")) << checked.report();
}

TEST(Analysis, AllErrorsOfARunAreReported) {
  Checked checked(
      "block f(x) { return x |> conv2d(8); }\n" +
      network("  choice a in {};\n  let b = 1 / 0;\n", "image |> flaten"));
  EXPECT_THAT(checked.codes(),
              ElementsAre("NAS1011", "NAS2101", "NAS1017", "NAS1002"))
      << checked.report();
}

TEST(Analysis, ArgumentsOfEveryAlternativeAreChecked) {
  Checked checked("block a(x, n: int) { return x |> conv2d(n, 3); }\n"
                  "block b(x) { return relu(x); }\n" +
                  network("  choice op in {a, b};\n", "op(image, 8)"));
  EXPECT_THAT(checked.codes(), ElementsAre("NAS1013")) << checked.report();
}

TEST(Analysis, OperationsFlowThroughParameters) {
  Checked checked("block twice(x, op: operation) { return x |> op |> op; }\n"
                  "block needs(x, n: int) { return x |> conv2d(n, 3); }\n" +
                  network("", "image |> twice(relu) |> twice(needs)"));
  EXPECT_THAT(checked.codes(), ElementsAre("NAS1011", "NAS1011"))
      << checked.report();
}

TEST(Analysis, RecursionThroughOperationsIsFound) {
  Checked checked("block f(x, op: operation) { return x |> op; }\n"
                  "block g(x) { return f(x, g); }\n" +
                  network("", "image |> g"));
  EXPECT_TRUE(checked.diagnostics.hasErrors());
  EXPECT_THAT(checked.codes(), testing::Contains("NAS1022"))
      << checked.report();
}

TEST(Analysis, HelpNamesTheUnit) {
  Checked checked(
      "device d { clock = 1 MHz; precision int8 { conv2d { } } }\n" +
      network("") + "limits { energy on d <= 3; }");
  ASSERT_THAT(checked.codes(), ElementsAre("NAS1008")) << checked.report();
  EXPECT_THAT(checked.consumer.diagnostics.front().helps.front(),
              testing::HasSubstr("3 mJ"));
}

TEST(Analysis, ChoicesAreHyperParameters) {
  Checked checked(
      network("  choice rate in 1e-4..1e-1 log points 4;\n") +
      "search { maximize accuracy; evolve { population = 4; evaluations = 8;\n"
      "  train = 2 epochs of 500 images; batch = 32;\n"
      "  optimizer = sgd(learning_rate = rate, momentum = 0.9);\n"
      "  schedule = step(every = 3, factor = 0.5); } }");
  ASSERT_THAT(checked.codes(), IsEmpty()) << checked.report();
  const StageSpec &stage = checked.program->search->stages.front();
  EXPECT_EQ(stage.training.epochs, 2);
  EXPECT_EQ(stage.training.imagesPerEpoch, 500);
  EXPECT_EQ(stage.training.optimizer, "sgd");
  ASSERT_NE(stage.training.learningRate.choice, nullptr);
  EXPECT_EQ(stage.training.learningRate.choice->name, "rate");
  EXPECT_EQ(stage.training.stepEvery, 3);
}

TEST(Analysis, ShapesComeFromTheData) {
  std::string text = "dataset d = idx(\"folder\");\n"
                     "space net(image: d.image) -> d.label { return image |> "
                     "flatten |> dense(units = 7); }";
  Checked checked(text, [](const DatasetSpec &) {
    DatasetContents contents;
    contents.shape = {4, 5, 1};
    contents.classes = 7;
    return contents;
  });
  ASSERT_THAT(checked.codes(), IsEmpty()) << checked.report();
  EXPECT_THAT(checked.program->inputShape, ElementsAre(4, 5, 1));
  EXPECT_THAT(checked.program->resultShape, ElementsAre(7));
}

TEST(Analysis, FindingsPointAtTheirSettings) {
  std::string text = "dataset d = raw(\"file\") { element = int8; shape = [4]; "
                     "index = \"i.csv\"; label = \"wrod\"; }\n";
  Checked checked(text, [](const DatasetSpec &) {
    DatasetFinding label{Diag::NAS4009, "label",        "no column 'wrod'", "",
                         "wrod",        {"row", "word"}};
    DatasetFinding source{Diag::NAS4016,  "", "odd data",
                          "look at them", "", {}};
    DatasetContents contents;
    contents.findings = {label, source};
    return contents;
  });
  EXPECT_THAT(checked.codes(), ElementsAre("NAS4009", "NAS4016"));
  EXPECT_THAT(checked.consumer.diagnostics[0].helps,
              ElementsAre("did you mean 'word'?"));
  EXPECT_THAT(checked.consumer.diagnostics[1].helps,
              ElementsAre("look at them"));
  const DatasetSpec &dataset = checked.program->datasets.front();
  EXPECT_EQ(text.substr(dataset.settingRange("label").begin, 6), "\"wrod\"");
  EXPECT_EQ(text.substr(dataset.settingRange("split").begin, 3), "raw");
}

TEST(Analysis, PrecisionOfADevice) {
  std::string device =
      "device d { clock = 1 MHz; precision float32 { dense { } "
      "} precision int8 { dense { } } }\n";
  Checked plain(device + network(""));
  EXPECT_EQ(plain.program->precisionOf(plain.program->devices[0].symbol),
            "int8");
  Checked deployed(device + network("") +
                   "deploy { d { precision = float32; } }");
  EXPECT_EQ(deployed.program->precisionOf(deployed.program->devices[0].symbol),
            "float32");
}

TEST(Analysis, NetworksOfFiles) {
  Checked checked("network n = onnx(\"a/b.onnx\") { data = d; }\n"
                  "dataset d = cifar(\"c\");\n"
                  "device board { clock = 1 MHz; target = \"cortex-m7\"; }\n"
                  "deploy { board { precision = int8; emit = [c, onnx]; "
                  "rounding = double; calibration = 20 images; } }");
  ASSERT_THAT(checked.codes(), IsEmpty()) << checked.report();
  ASSERT_EQ(checked.program->networks.size(), 1u);
  const NetworkSpec &network = checked.program->networks.front();
  EXPECT_EQ(network.symbol->name, "n");
  EXPECT_EQ(network.kind, "onnx");
  EXPECT_EQ(network.source, "a/b.onnx");
  EXPECT_EQ(network.dataset, checked.program->datasets.front().symbol);
  EXPECT_EQ(checked.program->devices.front().target, "cortex-m7");
  EXPECT_THAT(checked.program->devices.front().models, IsEmpty());
  ASSERT_EQ(checked.program->targets.size(), 1u);
  const TargetSpec &target = checked.program->targets.front();
  EXPECT_THAT(target.emit, ElementsAre("c", "onnx"));
  EXPECT_EQ(target.rounding, "double");
  EXPECT_EQ(target.calibration, 20);
}

TEST(Analysis, LibrariesNeedNoSpace) {
  Checked checked("block f(x) { return relu(x); }");
  EXPECT_THAT(checked.codes(), IsEmpty()) << checked.report();
}
