//===- SemanticsTestSupport.h - Checks texts in tests -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_FRONTEND_SEMANTICS_SEMANTICSTESTSUPPORT_H
#define NASC_TEST_UNIT_FRONTEND_SEMANTICS_SEMANTICSTESTSUPPORT_H

#include "frontend/Frontend.h"

#include <string>
#include <vector>

namespace nasc::test {

/// A text that was checked, with what was reported.
struct Checked {
  explicit Checked(llvm::StringRef text, const DatasetInspector &inspector = {})
      : diagnostics(sources, &consumer) {
    program = checkSpecification(sources.addBuffer("test.nas", text), sources,
                                 diagnostics, inspector);
  }

  /// The codes in the order of their reporting.
  std::vector<std::string> codes() const {
    std::vector<std::string> result;
    for (const Diagnostic &diagnostic : consumer.diagnostics)
      result.push_back(codeName(diagnostic.code).str());
    return result;
  }
  /// Everything that was reported, for messages of failing tests.
  std::string report() const {
    std::string text;
    for (const Diagnostic &diagnostic : consumer.diagnostics)
      text +=
          codeName(diagnostic.code).str() + ": " + diagnostic.message + "\n";
    return text;
  }
  /// The name of every choice of the space.
  std::vector<std::string> choices() const {
    std::vector<std::string> result;
    for (const ExpandedChoice &choice : program->expanded.choices)
      result.push_back(choice.name);
    return result;
  }
  /// The domain of a choice as text: "8 16 24".
  std::string domain(llvm::StringRef name) const {
    const ExpandedChoice *choice = program->expanded.find(name);
    if (!choice)
      return "no such choice";
    std::string text;
    for (size_t i = 0; i < choice->choice->domain.size(); ++i)
      text += (i ? " " : "") + choice->choice->domain.text(i);
    return text;
  }

  SourceManager sources;
  CollectingDiagnosticConsumer consumer;
  DiagnosticEngine diagnostics;
  std::unique_ptr<CheckedProgram> program;
};

/// A network whose body begins with these statements.
inline std::string network(llvm::StringRef statements,
                           llvm::StringRef result = "image") {
  return "space net(image: tensor[8, 8, 3]) -> classes(2) {\n" +
         statements.str() + "\nreturn " + result.str() +
         " |> global_average_pool |> dense(units = 2);\n}\n";
}

} // namespace nasc::test

#endif // NASC_TEST_UNIT_FRONTEND_SEMANTICS_SEMANTICSTESTSUPPORT_H
