//===- nas-plan.cpp - Plans the arena of buffers in CSV -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The planner of compiled networks for problems from elsewhere. Exit codes:
//   0  a plan was written (with --capacity, one that fits)
//   1  wrong usage, or an input that cannot be read
//   3  it is proved that no plan fits the capacity
//   4  a plan that fits was neither found nor refuted within the time
//
//===----------------------------------------------------------------------===//

#include "tools/nas-plan/BufferTable.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"
#include <chrono>
#include <cmath>
#include <limits>

using namespace llvm;

namespace {

enum ExitCode { Solved = 0, BadInput = 1, DoesNotFit = 3, Undecided = 4 };

cl::OptionCategory category("Options of nas-plan");
cl::opt<std::string> inputName(cl::Positional, cl::Required,
                               cl::desc("PROBLEM.csv, or - for standard input"),
                               cl::value_desc("PROBLEM.csv"),
                               cl::cat(category));
cl::opt<std::string> outputName("o", cl::init("-"), cl::value_desc("FILE"),
                                cl::desc("Where the plan is written"),
                                cl::cat(category));
cl::opt<int64_t> capacity(
    "capacity", cl::value_desc("BYTES"),
    cl::desc("Decide whether a plan of so many bytes exists, instead of "
             "seeking the smallest"),
    cl::cat(category));
cl::opt<int64_t> alignment("alignment", cl::init(1), cl::value_desc("BYTES"),
                           cl::desc("Offsets are multiples of it (default 1)"),
                           cl::cat(category));
cl::opt<double> timeLimit("time-limit", cl::init(60), cl::value_desc("SECONDS"),
                          cl::desc("The end of the search (default 60)"),
                          cl::cat(category));

ExitCode fail(const Twine &message) {
  WithColor::error(errs(), "nas-plan") << message << '\n';
  return BadInput;
}

ExitCode run() {
  if (alignment < 1 || alignment > int64_t(1) << 40)
    return fail("expected --alignment between 1 and 2^40, found " +
                Twine(alignment.getValue()));
  const bool hasCapacity = capacity.getNumOccurrences() > 0;
  if (hasCapacity && capacity < 0)
    return fail("expected --capacity of at least 0, found " +
                Twine(capacity.getValue()));
  if (!std::isfinite(timeLimit) || timeLimit < 0 || timeLimit > 1e8)
    return fail("expected --time-limit between 0 and 1e8 seconds");

  ErrorOr<std::unique_ptr<MemoryBuffer>> input =
      MemoryBuffer::getFileOrSTDIN(inputName);
  if (!input)
    return fail("cannot read '" + inputName +
                "': " + input.getError().message());
  const std::string shownName =
      inputName == "-" ? "<stdin>" : inputName.getValue();
  Expected<nasc::BufferTable> table =
      nasc::readBufferTable((*input)->getBuffer(), shownName, alignment);
  if (!table) {
    errs() << toString(table.takeError()) << '\n';
    return BadInput;
  }
  for (const std::string &name : table->otherColumns)
    errs() << formatv("{0}:1: note: column '{1}' is not read\n", shownName,
                      name);

  nasc::ArenaPlanOptions options;
  options.stepLimit = std::numeric_limits<uint64_t>::max();
  options.secondsLimit = timeLimit;
  if (hasCapacity)
    options.capacity = capacity;
  const auto start = std::chrono::steady_clock::now();
  const nasc::ArenaPlan plan =
      nasc::planArena(table->buffers, alignment, options);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  if (Error error = nasc::checkArenaPlan(table->buffers, plan, alignment))
    return fail("internal error: the plan is wrong: " +
                toString(std::move(error)));

  errs() << formatv("buffers: {0}\nsize: {1}\nlower bound: {2}\n",
                    table->buffers.size(), plan.size, plan.lowerBound);
  ExitCode code = Solved;
  if (hasCapacity && plan.lowerBound > capacity) {
    errs() << formatv("result: proved that {0} bytes do not suffice\n",
                      capacity.getValue());
    code = DoesNotFit;
  } else if (hasCapacity && plan.size > capacity) {
    errs() << formatv("result: no plan of {0} bytes found, none refuted\n",
                      capacity.getValue());
    code = Undecided;
  } else if (plan.isOptimal()) {
    errs() << "result: proved that no plan is smaller\n";
  } else if (hasCapacity) {
    errs() << formatv("result: fits {0} bytes\n", capacity.getValue());
  } else {
    errs() << formatv("result: at most {0:P2} above the smallest plan\n",
                      double(plan.size - plan.lowerBound) /
                          double(plan.lowerBound));
  }
  errs() << formatv("found by: {0}\ntime: {1:f3} s\n", plan.order, seconds);
  if (code != Solved)
    return code;

  std::error_code problem;
  ToolOutputFile output(outputName, problem, sys::fs::OF_None);
  if (problem)
    return fail("cannot write '" + outputName + "': " + problem.message());
  nasc::writePlan(output.os(), table->buffers, plan);
  output.os().flush();
  if (output.os().has_error()) {
    const std::string message = output.os().error().message();
    output.os().clear_error();
    return fail("cannot write '" + outputName + "': " + message);
  }
  output.keep();
  return code;
}

} // namespace

int main(int argc, char **argv) {
  InitLLVM initializer(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "plans the arena of buffers with known sizes and lifetimes\n\n"
      "Reads CSV with the columns id, lower, upper (exclusive) and size, and\n"
      "writes it with a column offset. Exit codes: 0 a plan was written, 1 "
      "wrong\n"
      "usage or input, 3 proved that no plan fits, 4 undecided within the "
      "time.\n");
  return run();
}
