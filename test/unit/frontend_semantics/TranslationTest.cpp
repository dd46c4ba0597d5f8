//===- TranslationTest.cpp - Specifications become valid IR ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SemanticsTestSupport.h"

#include "dialects/nas/Nas.h"
#include "dialects/search/Search.h"
#include "frontend/translation/DiagnosticHandler.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <gmock/gmock.h>

using namespace nasc;
using namespace nasc::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The module of a text, or what was reported.
static std::string translated(llvm::StringRef text) {
  Checked checked(text);
  if (checked.diagnostics.hasErrors())
    return checked.report();
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = translate(
      *checked.program, checked.sources, checked.diagnostics, context);
  if (!module)
    return checked.report();
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  module->print(stream);

  // Every module reads back as itself.
  auto again = mlir::parseSourceString<mlir::ModuleOp>(printed, &context);
  std::string printedAgain;
  llvm::raw_string_ostream streamAgain(printedAgain);
  if (again)
    again->print(streamAgain);
  EXPECT_EQ(printed, printedAgain);
  return printed;
}

TEST(Translation, ExamplesTranslate) {
  DatasetInspector inspector = [](const DatasetSpec &dataset) {
    DatasetContents contents;
    contents.shape = {28, 28, 1};
    contents.classes = 10;
    contents.validationSamples = 1000;
    return contents;
  };
  std::error_code error;
  unsigned count = 0;
  for (llvm::sys::fs::recursive_directory_iterator it(NASC_EXAMPLES, error),
       end;
       it != end && !error; it.increment(error)) {
    if (llvm::sys::path::extension(it->path()) != ".nas")
      continue;
    ++count;
    SourceManager sources;
    CollectingDiagnosticConsumer consumer;
    DiagnosticEngine diagnostics(sources, &consumer);
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    std::unique_ptr<CheckedProgram> program =
        checkSpecification(it->path(), sources, diagnostics, inspector);
    ASSERT_TRUE(program && !diagnostics.hasErrors()) << it->path();
    mlir::OwningOpRef<mlir::ModuleOp> module =
        translate(*program, sources, diagnostics, context);
    EXPECT_TRUE(module) << it->path() << ": "
                        << (consumer.diagnostics.empty()
                                ? std::string()
                                : consumer.diagnostics.front().message);
  }
  EXPECT_GT(count, 0u);
}

TEST(Translation, OperationsAreBuiltIn) {
  std::string ir =
      translated("block twice(x, op: operation) { return x |> op |> op; }\n" +
                 network("  choice act in {relu, relu6};\n",
                         "image |> twice(sigmoid) |> twice(act)"));
  EXPECT_THAT(ir, HasSubstr("nas.sigmoid"));
  EXPECT_THAT(ir, HasSubstr("nas.switch"));
  EXPECT_THAT(ir, HasSubstr("@twice_2"));
}

TEST(Translation, LocalBlocksTakeWhatTheySee) {
  std::string ir =
      translated(network("  choice width in {8, 16};\n"
                         "  block inner(x) { return x |> conv2d(width, 3); }\n"
                         "  block outer(x) { return x |> inner |> inner; }\n",
                         "image |> outer"));
  EXPECT_THAT(ir, HasSubstr("place \"inner1\""));
  EXPECT_THAT(ir, HasSubstr("nas.block @outer(%arg0: !nas.tensor<*>, "
                            "%arg1: !cost.int<8 to 16>)"));
}

TEST(Translation, RoundsCarryNumbers) {
  // The range of what is carried must not be that of its first value.
  std::string ir = translated(network("  var width = 8;\n"
                                      "  var x = image;\n"
                                      "  repeat i in 1..3 {\n"
                                      "    width = width * 2;\n"
                                      "    x = x |> conv2d(width, 3);\n"
                                      "  }\n",
                                      "x"));
  EXPECT_THAT(ir, HasSubstr("nas.repeat"));
  EXPECT_THAT(ir, HasSubstr("cost.mul %arg2, %"));
}

TEST(Translation, BoundsOfLimitsAreExact) {
  std::string device =
      "device d { clock = 1 MHz; precision int8 { dense { } } }\n";
  std::string ir = translated(device + network("") +
                              "limits { latency on d <= 0.1 us;\n"
                              "  latency on d < 0.3 ps;\n"
                              "  ram on d >= 0.5 KiB; }\n");
  EXPECT_THAT(ir, HasSubstr("cost.constant 100000 :"));
  EXPECT_THAT(ir, HasSubstr("cost.cmp lt %1, %0 : !cost.int, <1>"));
  EXPECT_THAT(ir, HasSubstr("cost.constant 512 :"));
}

TEST(Translation, InactiveInstancesDoNotApply) {
  std::string ir =
      translated("space p { choice depth in 1..3;\n"
                 "  repeat i in 1..depth { choice w in {1, 2}; } }\n"
                 "limits { forall i in 2..depth: w[i] >= w[i - 1];\n"
                 "  w[1] == 2; }\n");
  EXPECT_THAT(ir, HasSubstr("nas.is_active \"w[2]\""));
  EXPECT_THAT(ir, testing::Not(HasSubstr("nas.is_active \"w[1]\"")));
}

TEST(DiagnosticHandler, CodesAndRanges) {
  SourceManager sources;
  CollectingDiagnosticConsumer consumer;
  DiagnosticEngine diagnostics(sources, &consumer);
  sources.addBuffer("a.nas", "first line\nsecond line\n");
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  DiagnosticHandler handler(context, sources, diagnostics);
  auto place = [&](unsigned line, unsigned column) -> mlir::Location {
    return mlir::FileLineColLoc::get(&context, "a.nas", line, column);
  };
  mlir::Location range =
      mlir::FusedLoc::get(&context, {place(2, 1), place(2, 7)});
  mlir::InFlightDiagnostic report = mlir::emitError(range)
                                    << "shapes differ" << Diag::NAS2004;
  report.attachNote(place(1, 1)) << "help: use padding";
  report.report();
  // Only what was given as a code is one.
  (void)mlir::emitError(range, "something else [NAS2005]");

  ASSERT_EQ(consumer.diagnostics.size(), 2u);
  const Diagnostic &first = consumer.diagnostics[0];
  EXPECT_EQ(codeName(first.code), "NAS2004");
  EXPECT_EQ(first.message, "shapes differ");
  EXPECT_EQ(sources.text(first.range), "second");
  EXPECT_THAT(first.helps, ElementsAre("use padding"));
  const Diagnostic &second = consumer.diagnostics[1];
  EXPECT_EQ(codeName(second.code), "NAS9001");
  EXPECT_EQ(second.message, "internal error: something else [NAS2005]");
  EXPECT_THAT(second.helps, testing::SizeIs(1));
}
