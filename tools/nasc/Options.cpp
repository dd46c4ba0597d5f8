//===- Options.cpp - The command line of nasc -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Options.h"

#include "frontend/diagnostics/Diagnostic.h"
#include "frontend/diagnostics/Source.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"

#include <limits>
#include <map>
#include <set>

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
       {"o", "check", "emit", "arch", "why", "sample", "resume", "data",
        "target", "seed", "threads", "json", "diagnostics", "explain"})
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
  cl::opt<std::string> data{
      "data", cl::value_desc("folder"),
      cl::desc("Where the data are now: files are looked for there first"),
      cl::cat(category)};
  cl::list<std::string> target{
      "target", cl::value_desc("device"),
      cl::desc("Add a target to a study: a device, or an entry of deploy, as "
               "in 'l4r5 { precision = int8; emit = c; }'"),
      cl::cat(category)};
  cl::opt<std::string> seed{
      "seed", cl::value_desc("number"),
      cl::desc("Seed of all random decisions (default: the specification's)"),
      cl::cat(category)};
  cl::opt<std::string> threads{
      "threads", cl::value_desc("number"),
      cl::desc("Threads of training (default: the specification's, or all "
               "cores)"),
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
      cl::desc("Explain a diagnostic: --explain NAS1007; all: every one"),
      cl::cat(category)};
};

const char *overview =
    "nasc - a compiler for hardware-aware neural-architecture search\n\n"
    "  nasc SPEC.nas -o OUT          search, train, lower, report\n"
    "  nasc SPEC.nas -o OUT --resume go on where a run stopped\n"
    "  nasc SPEC.nas --check         check the specification\n"
    "  nasc SPEC.mlir -o OUT         the same of IR, as --emit=nas prints it\n"
    "  nasc SPEC.nas --arch 'stem=16,depth=2,...' --emit=cost\n"
    "                                what one architecture costs\n"
    "  nasc SPEC.nas --emit=pruned   what can fit\n"
    "  nasc SPEC.nas --why 'width[3]=96'\n"
    "                                why a value cannot, or how many have it\n"
    "  nasc SPEC.nas --sample 100    feasible architectures at random\n"
    "  nasc deploy OUT               lower a study's networks again\n"
    "  nasc deploy OUT --target=l4r5 lower them for another device, too\n"
    "  nasc --explain NAS1007        explain a diagnostic\n\n"
    "Exit codes: 0 done, 1 errors, 2 wrong usage, 3 nothing is feasible,\n"
    "130 interrupted.\n";

/// Says what is wrong with the command line.
class UsageErrors {
public:
  /// The arguments say how, wherever that stands.
  explicit UsageErrors(llvm::ArrayRef<char *> arguments)
      : consumer(makeDiagnosticConsumer(
            llvm::any_of(arguments,
                         [](llvm::StringRef argument) {
                           return argument.ltrim('-') == "diagnostics=json";
                         }),
            llvm::errs())),
        diagnostics(sources, consumer.get()) {}

  template <typename... Parts>
  DiagnosticBuilder report(Diag code, const Parts &...parts) {
    return diagnostics.reportAbout(code, "nasc", parts...);
  }
  bool any() const { return diagnostics.hasErrors(); }

private:
  SourceManager sources;
  std::unique_ptr<DiagnosticConsumer> consumer;
  DiagnosticEngine diagnostics;
};

std::string spelt(llvm::StringRef option) {
  return (option.size() == 1 ? "-" : "--") + option.str();
}

/// Reads the arguments before LLVM's parser does, which then has nothing to
/// complain of: which options there are, which of them take a value, and what
/// that may be.
class ArgumentCheck {
public:
  ArgumentCheck(CommandLine &line, UsageErrors &errors)
      : line(line), errors(errors) {
    for (auto &entry : cl::getRegisteredOptions())
      if (llvm::is_contained(entry.second->Categories, &category) ||
          entry.first() == "help" || entry.first() == "version")
        known[entry.first()] = entry.second;
  }

  void run(llvm::ArrayRef<char *> arguments);

private:
  void checkValue(llvm::StringRef name, llvm::StringRef value);

  CommandLine &line;
  UsageErrors &errors;
  std::map<llvm::StringRef, cl::Option *> known;
};

void ArgumentCheck::run(llvm::ArrayRef<char *> arguments) {
  std::set<llvm::StringRef> given;
  for (size_t i = 0; i < arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (argument == "--")
      return;
    if (argument.size() < 2 || argument.front() != '-')
      continue;
    const bool hasValue = argument.contains('=');
    auto [dashed, value] = argument.split('=');
    llvm::StringRef name = dashed.ltrim('-');
    auto found = known.find(name);
    if (found == known.end()) {
      std::vector<llvm::StringRef> names;
      for (const auto &entry : known)
        names.push_back(entry.first);
      DiagnosticBuilder report =
          errors.report(Diag::NAS9002, "unknown option '", dashed, "'");
      if (std::optional<llvm::StringRef> nearest = nearestName(name, names))
        report.help("did you mean '", spelt(*nearest), "'?");
      else
        report.help("nasc --help lists the options");
      continue;
    }
    const cl::Option &option = *found->second;
    if (!given.insert(name).second && name != "target")
      errors.report(Diag::NAS9004, "'", dashed, "' is given twice");
    switch (option.getValueExpectedFlag()) {
    case cl::ValueRequired:
      if (!hasValue && i + 1 == arguments.size()) {
        errors
            .report(Diag::NAS9005, "'", dashed, "' needs a value",
                    option.ValueStr.empty() ? "" : ": ", option.ValueStr)
            .help("nasc --help lists the options");
        continue;
      }
      checkValue(name, hasValue ? value : llvm::StringRef(arguments[++i]));
      break;
    case cl::ValueDisallowed:
    case cl::ValueOptional:
      if (hasValue && value != "true" && value != "false")
        errors.report(Diag::NAS9005, "'", dashed, "' takes no value, but has '",
                      value, "'");
      break;
    }
  }
}

void ArgumentCheck::checkValue(llvm::StringRef name, llvm::StringRef value) {
  const cl::generic_parser_base *words = nullptr;
  if (name == "emit")
    words = &line.emit.getParser();
  else if (name == "diagnostics")
    words = &line.diagnosticFormat.getParser();
  if (!words)
    return;
  std::vector<llvm::StringRef> names;
  for (unsigned i = 0; i < words->getNumOptions(); ++i)
    names.push_back(words->getOption(i));
  if (!llvm::is_contained(names, value))
    errors.report(Diag::NAS9005, "'", spelt(name), "' cannot be '", value, "'")
        .suggest(value, names)
        .help("it is one of ", llvm::join(names, ", "));
}

/// A number from `least` to `most`; nothing after an error.
std::optional<uint64_t> numberOf(const cl::opt<std::string> &option,
                                 uint64_t least, uint64_t most,
                                 UsageErrors &errors) {
  uint64_t number = 0;
  if (llvm::to_integer(llvm::StringRef(option), number, 10) &&
      number >= least && number <= most)
    return number;
  errors.report(Diag::NAS9005, "'", spelt(option.ArgStr), "' must be from ",
                least, " to ", most, ", but is '", std::string(option), "'");
  return std::nullopt;
}

/// What an action does not go with.
void checkCombination(const CommandLine &line, UsageErrors &errors) {
  // Those that say what is to be done; without one, a run.
  const cl::Option *const actions[] = {&line.check, &line.emit, &line.why,
                                       &line.sample};
  const cl::Option *action = nullptr;
  for (const cl::Option *option : actions) {
    if (!option->getNumOccurrences())
      continue;
    if (action) {
      errors.report(Diag::NAS9004, "'", spelt(action->ArgStr), "' and '",
                    spelt(option->ArgStr), "' contradict each other");
      return;
    }
    action = option;
  }
  auto refuse = [&](const cl::Option &option, llvm::StringRef with) {
    errors.report(Diag::NAS9004, "'", spelt(option.ArgStr), "' goes with ",
                  with, " alone");
  };
  if (line.resume && action)
    refuse(line.resume, "a run");
  if (line.arch.getNumOccurrences() && action && action != &line.emit)
    refuse(line.arch, "'--emit'");
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
  exitCode = ExitUsage;
  const llvm::ArrayRef<char *> arguments(argv + 1, argc - 1);
  UsageErrors errors(arguments);
  ArgumentCheck(line, errors).run(arguments);
  if (errors.any())
    return std::nullopt;
  std::string problems;
  llvm::raw_string_ostream problemStream(problems);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &problemStream)) {
    errors.report(Diag::NAS9005, llvm::StringRef(problems).trim());
    return std::nullopt;
  }

  Options options;
  options.output = line.output;
  options.resume = line.resume;
  options.dataFolder = line.data;
  options.json = line.json;
  options.jsonDiagnostics = line.diagnosticFormat == DiagnosticFormat::Json;
  if (line.arch.getNumOccurrences())
    options.architecture = line.arch;
  if (line.seed.getNumOccurrences())
    options.seed =
        numberOf(line.seed, 0, std::numeric_limits<int64_t>::max(), errors);
  if (line.threads.getNumOccurrences())
    options.threads = numberOf(line.threads, 1, 1024, errors);
  if (line.sample.getNumOccurrences())
    options.samples =
        numberOf(line.sample, 1, maximumSamples, errors).value_or(1);
  checkCombination(line, errors);
  if (errors.any())
    return std::nullopt;

  auto done = [&](Options::Action action) {
    options.action = action;
    exitCode = ExitDone;
    return options;
  };
  if (line.explain.getNumOccurrences()) {
    options.explainCode = line.explain;
    return done(Options::Action::Explain);
  }
  const size_t count = line.positional.size();
  if (count == 0) {
    errors.report(Diag::NAS9003, "no specification is given")
        .help("nasc SPEC.nas -o OUT, or nasc --help");
    return std::nullopt;
  }
  const std::string &first = line.positional[0];
  if (first == "deploy" && count < 2) {
    errors.report(Diag::NAS9003, "'deploy' needs the folder of a study")
        .help("nasc deploy OUT");
    return std::nullopt;
  }
  const size_t expected = first == "deploy" ? 2 : 1;
  if (count > expected) {
    errors
        .report(Diag::NAS9004, "one ",
                expected == 1 ? "specification" : "study",
                " is expected, found '", line.positional[expected - 1],
                "' and '", line.positional[expected], "'")
        .suggest(first, {"deploy"});
    return std::nullopt;
  }
  options.input = line.positional[expected - 1];
  if (first == "deploy") {
    options.targets.assign(line.target.begin(), line.target.end());
    return done(Options::Action::Deploy);
  }
  if (line.target.getNumOccurrences()) {
    errors.report(Diag::NAS9004, "'--target' goes with 'deploy OUT' alone")
        .help("a specification has its targets in 'deploy { … }'");
    return std::nullopt;
  }
  if (line.why.getNumOccurrences()) {
    options.why = line.why;
    return done(Options::Action::Why);
  }
  if (line.sample.getNumOccurrences())
    return done(Options::Action::Sample);
  if (line.check)
    return done(Options::Action::Check);
  if (line.emit.getNumOccurrences()) {
    options.emit = line.emit;
    return done(Options::Action::Emit);
  }
  if (options.architecture) {
    errors.report(Diag::NAS9004, "'--arch' goes with '--emit' alone")
        .help("a run searches; a specification without choices has one "
              "architecture");
    return std::nullopt;
  }
  if (options.output.empty()) {
    errors.report(Diag::NAS9011, "a run needs a folder for its results")
        .help("add -o OUT; --check and --emit=STAGE need none");
    return std::nullopt;
  }
  return done(Options::Action::Run);
}
