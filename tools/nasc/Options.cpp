//===- Options.cpp - The command line of nasc -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Options.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/WithColor.h"

using namespace nasc;
namespace cl = llvm::cl;

namespace {

enum class DiagnosticFormat { Text, Json };

/// More than a disk holds is a mistake.
constexpr uint64_t maximumSamples = 1'000'000'000;

cl::OptionCategory category("nasc options");

/// LLVM's libraries register options of their own; ours take precedence where
/// the names are equal.
void removeForeignOptions() {
  llvm::StringMap<cl::Option *> &known = cl::getRegisteredOptions();
  for (llvm::StringRef name :
       {"o", "check", "emit", "arch", "why", "sample", "resume", "seed",
        "threads", "json", "diagnostics", "explain"})
    if (cl::Option *option = known.lookup(name))
      option->removeArgument();
}

/// Made on first use, when the libraries have registered theirs.
struct CommandLine {
  cl::list<std::string> positional{
      cl::Positional, cl::desc("SPEC.nas | deploy OUT"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("folder or file"),
      cl::desc("Where results go: a folder for a run, a "
               "file with --emit (default: standard output)"),
      cl::cat(category)};
  cl::opt<bool> check{"check", cl::desc("Check the specification and stop"),
                      cl::cat(category)};
  cl::opt<EmitStage> emit{
      "emit", cl::desc("Stop at a stage of the compiler and print it:"),
      cl::values(
          clEnumValN(EmitStage::Nas, "nas", "the space as written, as IR"),
          clEnumValN(EmitStage::Expanded, "expanded",
                     "with blocks inlined, rounds unrolled, shapes inferred"),
          clEnumValN(EmitStage::Cost, "cost",
                     "with cost functions; for one architecture, its costs "
                     "layer by layer"),
          clEnumValN(EmitStage::Pruned, "pruned",
                     "without values that no feasible architecture has"),
          clEnumValN(EmitStage::Network, "network",
                     "the network of one architecture"),
          clEnumValN(EmitStage::Tosa, "tosa", "that network in TOSA"),
          clEnumValN(EmitStage::Linalg, "linalg", "in linalg"),
          clEnumValN(EmitStage::Llvm, "llvm", "in MLIR's LLVM dialect"),
          clEnumValN(EmitStage::Assembly, "asm",
                     "as assembly for this machine"),
          clEnumValN(EmitStage::Object, "obj", "as an object file")),
      cl::cat(category)};
  cl::opt<std::string> arch{
      "arch", cl::value_desc("name=value,..."),
      cl::desc("Fix an architecture: 'stem=16,depth=3,width[1]=24'"),
      cl::cat(category)};
  cl::opt<std::string> why{
      "why", cl::value_desc("name=value"),
      cl::desc("Say why no feasible architecture has a value, or how many "
               "have it: 'width[3]=96'"),
      cl::cat(category)};
  cl::opt<std::string> sample{
      "sample", cl::value_desc("number"),
      cl::desc("Print so many feasible architectures, drawn uniformly, one a "
               "line"),
      cl::cat(category)};
  cl::opt<bool> resume{"resume",
                       cl::desc("Go on with the study in the output folder"),
                       cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::value_desc("number"),
                         cl::desc("Seed of all random decisions (default: the "
                                  "specification's)"),
                         cl::cat(category)};
  cl::opt<unsigned> threads{"threads", cl::value_desc("number"),
                            cl::desc("Threads of training (default: the "
                                     "specification's, or all cores)"),
                            cl::cat(category)};
  cl::opt<bool> json{"json",
                     cl::desc("Print one JSON document (--sample: one a line)"),
                     cl::cat(category)};
  cl::opt<DiagnosticFormat> diagnosticFormat{
      "diagnostics", cl::desc("How diagnostics are written:"),
      cl::values(clEnumValN(DiagnosticFormat::Text, "text", "for people"),
                 clEnumValN(DiagnosticFormat::Json, "json",
                            "one JSON object a line, on standard error")),
      cl::init(DiagnosticFormat::Text), cl::cat(category)};
  cl::opt<std::string> explain{
      "explain", cl::value_desc("code"),
      cl::desc("Explain a diagnostic: --explain NAS1007"), cl::cat(category)};
};

const char *overview =
    "nasc - a compiler for hardware-aware neural-architecture search\n\n"
    "  nasc SPEC.nas -o OUT          search, train, lower, report\n"
    "  nasc SPEC.nas -o OUT --resume go on where a run stopped\n"
    "  nasc SPEC.nas --check         check the specification\n"
    "  nasc SPEC.nas --arch 'stem=16,depth=2,...' --emit=cost\n"
    "                                what one architecture costs\n"
    "  nasc SPEC.nas --emit=pruned   what can fit\n"
    "  nasc SPEC.nas --why 'width[3]=96'\n"
    "                                why a value cannot, or how many have it\n"
    "  nasc SPEC.nas --sample 100    feasible architectures at random\n"
    "  nasc deploy OUT               lower a study's networks again\n"
    "  nasc --explain NAS1007        explain a diagnostic\n\n"
    "Exit codes: 0 done, 1 errors, 2 wrong usage, 3 nothing is feasible,\n"
    "130 interrupted.\n";

/// Says what is wrong with the command line.
std::nullopt_t wrongUsage(const llvm::Twine &message, int &exitCode) {
  llvm::WithColor::error(llvm::errs(), "nasc") << message << '\n';
  llvm::errs() << "help: nasc --help shows the options\n";
  exitCode = ExitUsage;
  return std::nullopt;
}

} // namespace

const char *nasc::versionText() { return NASC_VERSION; }

std::optional<Options> nasc::parseOptions(int argc, char **argv,
                                          int &exitCode) {
  removeForeignOptions();
  static CommandLine line;
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream &stream) {
    stream << "nasc " << versionText() << " (LLVM " << LLVM_VERSION_STRING
           << ")\n";
  });
  std::string problems;
  llvm::raw_string_ostream problemStream(problems);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &problemStream)) {
    llvm::errs() << problems;
    exitCode = ExitUsage;
    return std::nullopt;
  }

  Options options;
  options.output = line.output;
  options.resume = line.resume;
  options.json = line.json;
  options.jsonDiagnostics = line.diagnosticFormat == DiagnosticFormat::Json;
  if (line.arch.getNumOccurrences())
    options.architecture = line.arch;
  if (line.seed.getNumOccurrences())
    options.seed = line.seed;
  if (line.threads.getNumOccurrences()) {
    if (line.threads == 0 || line.threads > 1024)
      return wrongUsage("--threads: expected 1 to 1024", exitCode);
    options.threads = line.threads;
  }
  if (line.explain.getNumOccurrences()) {
    options.action = Options::Action::Explain;
    options.explainCode = line.explain;
    return options;
  }
  if (line.positional.size() == 2 && line.positional[0] == "deploy") {
    options.action = Options::Action::Deploy;
    options.input = line.positional[1];
    return options;
  }
  if (line.positional.empty())
    return wrongUsage("no specification is given", exitCode);
  if (line.positional.size() > 1)
    return wrongUsage("one specification is expected, found '" +
                          line.positional[0] + "' and '" + line.positional[1] +
                          "'",
                      exitCode);
  if (line.positional[0] == "deploy")
    return wrongUsage("'deploy' needs the folder of a study", exitCode);
  options.input = line.positional[0];
  if (line.check && line.emit.getNumOccurrences())
    return wrongUsage("--check and --emit contradict each other", exitCode);
  if (line.why.getNumOccurrences()) {
    for (bool other : {bool(line.check), line.emit.getNumOccurrences() > 0,
                       options.architecture.has_value(), options.resume})
      if (other)
        return wrongUsage("--why goes with --json and -o alone", exitCode);
    options.action = Options::Action::Why;
    options.why = line.why;
    return options;
  }
  if (line.sample.getNumOccurrences()) {
    for (bool other : {bool(line.check), line.emit.getNumOccurrences() > 0,
                       options.architecture.has_value(), options.resume})
      if (other)
        return wrongUsage("--sample goes with --json, --seed and -o alone",
                          exitCode);
    if (!llvm::to_integer(line.sample, options.samples, 10) ||
        options.samples == 0 || options.samples > maximumSamples)
      return wrongUsage("--sample: expected 1 to " +
                            llvm::Twine(maximumSamples) + ", found '" +
                            line.sample + "'",
                        exitCode);
    options.action = Options::Action::Sample;
    return options;
  }
  if (line.check) {
    options.action = Options::Action::Check;
  } else if (line.emit.getNumOccurrences()) {
    options.action = Options::Action::Emit;
    options.emit = line.emit;
  } else if (options.output.empty()) {
    return wrongUsage("a run needs a folder for its results: -o OUT (or "
                      "--check, or --emit=STAGE)",
                      exitCode);
  } else if (options.architecture) {
    return wrongUsage("--arch goes with --emit; a run searches", exitCode);
  }
  return options;
}
