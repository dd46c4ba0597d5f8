//===- Sample.cpp - Feasible architectures at random ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/Sample.h"

#include "dialects/search/Search.h"
#include "runtime/results/CostTable.h"
#include "runtime/search/RandomNumbers.h"
#include "tools/nasc/Emission.h"

using namespace nasc;
namespace json = llvm::json;

namespace {

/// Writes architectures of one space as lines. What a choice with a value looks
/// like is made once, so a line is pieces put together.
class LineWriter {
public:
  LineWriter(const search::CompiledSpace &space, bool isJson)
      : isJson(isJson), pieces(space.numChoices()) {
    for (size_t choice = 0; choice < space.numChoices(); ++choice) {
      const nas::Domain &domain = space.getDomain(choice);
      std::string name = space.choiceName(choice).str();
      for (size_t position = 0; position < domain.size(); ++position) {
        if (!isJson) {
          pieces[choice].push_back(
              formatArchitecture({{name, domain.text(position)}}));
          continue;
        }
        std::string piece;
        llvm::raw_string_ostream(piece)
            << json::Value(name) << ':' << choiceValue(domain, position);
        pieces[choice].push_back(std::move(piece));
      }
    }
  }

  void write(llvm::raw_ostream &stream,
             const cost::Architecture &architecture) {
    line.clear();
    if (isJson)
      line += "{\"architecture\":{";
    bool isFirst = true;
    for (unsigned choice : architecture.active.set_bits()) {
      if (!isFirst)
        line += ',';
      isFirst = false;
      line += pieces[choice][architecture.positions[choice]];
    }
    line += isJson ? "}}\n" : "\n";
    stream << line;
  }

private:
  bool isJson;
  std::vector<std::vector<std::string>> pieces;
  std::string line;
};

} // namespace

static uint64_t seedOf(Session &session) {
  uint64_t seed = 1;
  for (auto pipeline : session.getModule().getOps<search::PipelineOp>())
    seed = pipeline.getSeed();
  return session.getOptions().seed.value_or(seed);
}

static bool sample(Session &session) {
  std::unique_ptr<search::CompiledSpace> space;
  if (session.deriveCosts())
    space = compileSpace(session);
  if (!space)
    return false;
  const counting::FeasibleSet &set = space->getFeasibleSet();
  if (set.isEmpty()) {
    // Pruning says which limits exclude each other.
    session.prune();
    return false;
  }
  if (!set.isExact()) {
    session.getDiagnostics()
        .reportAbout(Diag::NAS9010, "--sample",
                     "the feasible architectures are not counted exactly, but "
                     "known to be between ",
                     groupDigits(cost::decimal(set.getCount().lower)), " and ",
                     groupDigits(cost::decimal(set.getCount().upper)),
                     ", so that none can be drawn uniformly")
        .help("leave out limits, or values of choices that meet in many "
              "limits; a search (-o OUT) draws by trying");
    return false;
  }
  // Stages of a search have other streams of the same seed.
  search::RandomNumbers random(seedOf(session), /*stream=*/5);
  LineWriter writer(*space, session.getOptions().json);
  return writeStream(session, [&](llvm::raw_ostream &stream) {
    for (uint64_t i = 0; i < session.getOptions().samples; ++i)
      writer.write(stream,
                   *space->sampleFeasible([&] { return random.next(); }));
  });
}

int nasc::sampleArchitectures(Session &session) {
  if (!sample(session) && session.exitCode() == ExitDone)
    session.getDiagnostics().reportAbout(Diag::NAS9001, "",
                                         "a stage failed without saying why");
  return session.exitCode();
}
