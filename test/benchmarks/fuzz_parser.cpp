//===- fuzz_parser.cpp - A libFuzzer harness for the parser ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses arbitrary bytes; what parses without an error is printed and parsed
// again, and must give the same text. Every diagnostic is rendered, as text and
// as JSON. It is built by clang:
//
//   cmake -S . -B build-fuzz -DCMAKE_C_COMPILER=clang-19
//     -DCMAKE_CXX_COMPILER=clang++-19 -DNASC_FUZZ=ON
//     -DNASC_SANITIZE=address,undefined,fuzzer-no-link
//   cmake --build build-fuzz --target fuzz_parser
//   build-fuzz/bin/fuzz_parser -max_total_time=300 CORPUS test/frontend/syntax
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"

#include <cstdlib>

using namespace nasc;

namespace {

/// Renders everything, to nowhere.
class RenderingConsumer : public DiagnosticConsumer {
public:
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override {
    TextDiagnosticConsumer(llvm::nulls(), /*color=*/true)
        .handle(diagnostic, sources);
    JsonDiagnosticConsumer(llvm::nulls()).handle(diagnostic, sources);
    if (diagnostic.range.isValid() &&
        (diagnostic.range.begin > diagnostic.range.end ||
         diagnostic.range.end > sources.text(diagnostic.range.file).size()))
      std::abort();
  }
};

} // namespace

/// The canonical text; empty where there are errors.
static std::string canonical(llvm::StringRef text, bool &hasErrors) {
  SourceManager sources;
  RenderingConsumer consumer;
  DiagnosticEngine diagnostics(sources, &consumer);
  std::unique_ptr<ast::File> file =
      parse(sources, sources.addBuffer("fuzz.nas", text), diagnostics);
  hasErrors = diagnostics.hasErrors();
  if (!file && !hasErrors)
    std::abort();
  std::string printed;
  if (file) {
    llvm::raw_string_ostream stream(printed);
    ast::print(*file, stream);
  }
  return printed;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool hasErrors = false;
  std::string first = canonical(
      llvm::StringRef(reinterpret_cast<const char *>(data), size), hasErrors);
  if (hasErrors)
    return 0;
  std::string second = canonical(first, hasErrors);
  if (hasErrors || first != second) {
    llvm::errs() << "printed:\n" << first << "\nagain:\n" << second << '\n';
    std::abort();
  }
  return 0;
}
