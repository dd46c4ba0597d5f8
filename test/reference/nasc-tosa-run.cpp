//===- nasc-tosa-run.cpp - Runs a TOSA function on raw samples ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests alone: writes what the one function of a module gives for each
// sample, by the interpreter. Exit codes: 0 all results were written, 1 an
// error, which is printed.
//
//===----------------------------------------------------------------------===//

#include "test/reference/TosaInterpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

namespace {

cl::OptionCategory category("Options of nasc-tosa-run");
cl::opt<std::string> moduleName(cl::Positional, cl::Required,
                                cl::desc("MODULE.mlir"), cl::cat(category));
cl::opt<std::string> samplesName(cl::Positional, cl::Required,
                                 cl::desc("SAMPLES"), cl::cat(category));
cl::opt<std::string> scoresName(cl::Positional, cl::Required,
                                cl::desc("SCORES"), cl::cat(category));

int fail(const Twine &message) {
  WithColor::error(errs(), "nasc-tosa-run") << message << '\n';
  return 1;
}

int run() {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::tosa::TosaDialect>();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  // An operation of another dialect is the interpreter's to refuse; it says
  // more than the parser would.
  context.allowUnregisteredDialects();
  SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceFile<mlir::ModuleOp>(moduleName, sources, &context);
  if (!module)
    return fail("cannot read a module from '" + moduleName + "'");
  auto functions = module->getOps<mlir::func::FuncOp>();
  const auto count = std::distance(functions.begin(), functions.end());
  if (count != 1)
    return fail("expected one function in '" + moduleName + "', found " +
                Twine(count));
  Expected<nasc::test::TosaInterpreter> interpreter =
      nasc::test::TosaInterpreter::create(*functions.begin());
  if (!interpreter)
    return fail(toString(interpreter.takeError()));
  if (interpreter->arguments().size() != 1 ||
      interpreter->results().size() != 1)
    return fail("expected a function of one argument and one result, found " +
                Twine(interpreter->arguments().size()) + " and " +
                Twine(interpreter->results().size()));

  ErrorOr<std::unique_ptr<MemoryBuffer>> samples = MemoryBuffer::getFileOrSTDIN(
      samplesName, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!samples)
    return fail("cannot read '" + samplesName +
                "': " + samples.getError().message());
  ArrayRef<int8_t> bytes(
      reinterpret_cast<const int8_t *>((*samples)->getBufferStart()),
      (*samples)->getBufferSize());
  const size_t sampleSize = size_t(interpreter->arguments()[0].bytes());
  if (bytes.empty() || bytes.size() % sampleSize != 0)
    return fail("expected one or more samples of " + Twine(sampleSize) +
                " bytes (" + interpreter->arguments()[0].str() + ") in '" +
                samplesName + "', found " + Twine(bytes.size()) + " bytes");

  std::error_code problem;
  ToolOutputFile scores(scoresName, problem, sys::fs::OF_None);
  if (problem)
    return fail("cannot write '" + scoresName + "': " + problem.message());
  for (size_t first = 0; first < bytes.size(); first += sampleSize) {
    Expected<std::vector<int8_t>> result =
        interpreter->run(bytes.slice(first, sampleSize));
    if (!result)
      return fail("sample " + Twine(first / sampleSize) + ": " +
                  toString(result.takeError()));
    scores.os().write(reinterpret_cast<const char *>(result->data()),
                      result->size());
  }
  scores.os().flush();
  if (scores.os().has_error()) {
    const std::string message = scores.os().error().message();
    scores.os().clear_error();
    return fail("cannot write '" + scoresName + "': " + message);
  }
  scores.keep();
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM initializer(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "runs the one function of a module of integer TOSA on raw samples\n\n"
      "Reads MODULE.mlir (text or bytecode) and SAMPLES, the bytes of samples\n"
      "one after the other, and writes the bytes of the results to SCORES; "
      "'-'\n"
      "is standard input or output.\n");
  return run();
}
