//===- nasc.cpp - The compiler's command ----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/DiagnosticCatalog.h"
#include "tools/nasc/Emission.h"
#include "tools/nasc/Sample.h"
#include "tools/nasc/SearchRun.h"
#include "tools/nasc/Why.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"

#include <csignal>

using namespace nasc;

/// Prints what --explain asks for.
static int explainCode(const Options &options) {
  std::optional<std::string> text = explain(options.explainCode);
  if (!text) {
    SourceManager sources;
    auto consumer =
        makeDiagnosticConsumer(options.jsonDiagnostics, llvm::errs());
    DiagnosticEngine diagnostics(sources, consumer.get());
    std::vector<llvm::StringRef> names;
    for (const DiagnosticInfo &info : allDiagnostics())
      names.push_back(info.name);
    diagnostics
        .reportAbout(Diag::NAS9006, options.explainCode,
                     "there is no diagnostic of this code")
        .suggest(options.explainCode, names);
    return ExitUsage;
  }
  llvm::outs() << *text;
  return ExitDone;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg(
      "nasc has crashed, which is a mistake of nasc. Please report it with "
      "the specification and this output.\n");
#ifdef SIGXFSZ
  // A limit on file sizes is then an error of a write, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
#endif
  int exitCode = ExitDone;
  std::optional<Options> options = parseOptions(argc, argv, exitCode);
  if (!options)
    return exitCode;
  switch (options->action) {
  case Options::Action::Explain:
    return explainCode(*options);
  case Options::Action::Deploy:
    return runDeploy(*options);
  case Options::Action::Check: {
    Session session(*options);
    bool correct = session.checkShapes();
    if (options->json)
      llvm::outs() << llvm::formatv(
          "{0:2}\n",
          llvm::json::Value(llvm::json::Object{
              {"specification", options->input}, {"correct", correct}}));
    return session.exitCode();
  }
  case Options::Action::Emit: {
    Session session(*options);
    return emitStage(session);
  }
  case Options::Action::Sample: {
    Session session(*options);
    return sampleArchitectures(session);
  }
  case Options::Action::Why: {
    Session session(*options);
    return answerWhy(session);
  }
  case Options::Action::Run: {
    Session session(*options);
    return runSearch(session);
  }
  }
  return ExitDone;
}
