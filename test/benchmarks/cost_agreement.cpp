//===- cost_agreement.cpp - One cost function, all its readers ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws random architectures of specifications and compares, for each, what
// the readers of the cost function say (interpreter, compiled code, intervals,
// and for some the solver) with each other and with counts that do not know the
// cost function: of the specialised network (weights, parameters,
// multiply-accumulates by its shapes), of the module that LibTorch built, and
// of the arena's plan.
//
//   cost_agreement [--count=N] [--modules=N] [--solver=N] SPEC.nas...
//
//===----------------------------------------------------------------------===//

#include "passes/cost/CostCompiler.h"
#include "passes/cost/IntervalEvaluator.h"
#include "passes/feasibility/FindWitness.h"
#include "passes/transforms/ActivationPlan.h"
#include "runtime/search/CompiledSpace.h"
#include "runtime/search/RandomNumbers.h"
#include "runtime/train/TrainerLibrary.h"
#include "tools/nasc/Session.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

#include <map>

using namespace nasc;
namespace cl = llvm::cl;

static cl::list<std::string> specs(cl::Positional, cl::OneOrMore,
                                   cl::desc("SPEC.nas..."));
static cl::opt<unsigned> count("count", cl::init(10'000),
                               cl::desc("Architectures of each specification"));
static cl::opt<unsigned> modules("modules", cl::init(200),
                                 cl::desc("Of them, built with LibTorch"));

static cl::opt<unsigned> solver("solver", cl::init(5),
                                cl::desc("Of them, proved by the solver"));

namespace {

unsigned failures = 0;

void expectEqual(llvm::StringRef what, int64_t expected, int64_t found,
                 const std::string &architecture) {
  if (expected == found)
    return;
  if (++failures <= 20)
    llvm::errs() << "DIFFERENT " << what << ": " << expected << " and " << found
                 << " for " << architecture << '\n';
}

/// Counts a network from its layers alone, as a reader of a model file would.
struct NetworkCounts {
  int64_t macs = 0, weights = 0, parameters = 0;

  explicit NetworkCounts(const NetworkDescription &network) {
    for (const NetworkLayer &layer : network.layers) {
      if (layer.kind == LayerKind::Input)
        continue;
      const std::vector<int64_t> &input =
          network.layers[layer.inputs.front()].outputShape;
      int64_t channels = layer.outputShape.back(), perOutput = 0;
      int64_t outputs = 1;
      for (int64_t size : layer.outputShape)
        outputs *= size;
      switch (layer.kind) {
      case LayerKind::Conv2D:
      case LayerKind::Conv1D:
        perOutput = layer.kernelHeight * layer.kernelWidth * input.back() /
                    layer.groups;
        break;
      case LayerKind::DepthwiseConv2D:
        perOutput = layer.kernelHeight * layer.kernelWidth;
        break;
      case LayerKind::Dense:
        perOutput = input.back();
        break;
      case LayerKind::BatchNorm:
        parameters += 2 * channels;
        break;
      default:
        break;
      }
      macs += perOutput * outputs;
      weights += perOutput * channels;
      parameters += perOutput * channels + (layer.bias ? channels : 0);
    }
  }
};

/// Whether the solver proves that an architecture has these metrics: that there
/// is none with its choices and another value of any of them.
bool isProved(const cost::CostProgram &original,
              const cost::Architecture &architecture,
              llvm::ArrayRef<int64_t> metrics) {
  cost::CostProgram program = original;
  auto constant = [&](int64_t value) {
    cost::Instruction instruction;
    instruction.opcode = cost::Opcode::Constant;
    instruction.constant = value;
    return program.append(instruction);
  };
  auto binary = [&](cost::Opcode opcode, cost::Slot a, cost::Slot b) {
    cost::Instruction instruction;
    instruction.opcode = opcode;
    instruction.operands[0] = a;
    instruction.operands[1] = b;
    return program.append(instruction);
  };
  auto equal = [&](cost::Slot slot, int64_t value) {
    return binary(cost::Opcode::Compare, slot, constant(value));
  };
  cost::Slot same = constant(1), agree = constant(1);
  for (size_t i = 0; i < original.instructions.size(); ++i) {
    const cost::Instruction &instruction = original.instructions[i];
    if (instruction.opcode != cost::Opcode::Choice ||
        !architecture.active[instruction.index])
      continue;
    int64_t value = original.choices[instruction.index]
                        .values[architecture.positions[instruction.index]];
    same = binary(cost::Opcode::Min, same, equal(i, value));
  }
  for (auto [metric, value] : llvm::zip(original.metrics, metrics))
    agree = binary(cost::Opcode::Min, agree, equal(metric.value, value));
  cost::Slot other = binary(cost::Opcode::Sub, constant(1), same);
  cost::Slot holds = binary(cost::Opcode::Max, other, agree);
  return feasibility::findWitness(program, holds, 60).status ==
         feasibility::WitnessStatus::None;
}

void checkSpecification(const std::string &path, train::Trainer &trainer) {
  Options options;
  options.input = path;
  options.action = Options::Action::Emit;
  Session session(options);
  if (!session.deriveCosts()) {
    ++failures;
    return;
  }
  auto spaces = session.getModule().getOps<nas::SpaceOp>();
  if (spaces.empty())
    return;
  auto compiled = search::CompiledSpace::create(session.getModule(),
                                                (*spaces.begin()).getSymName());
  if (mlir::failed(compiled) || !(*compiled)->getArchitectures()) {
    ++failures;
    return;
  }
  search::CompiledSpace &space = **compiled;
  const cost::CostProgram &program = space.getProgram();
  search::RandomNumbers random(1);
  std::vector<cost::Architecture> drawn;
  for (unsigned i = 0; i < count; ++i)
    drawn.push_back(
        space.getArchitectures()->sample([&] { return random.next(); }));

  // Compiled code.
  llvm::Expected<cost::CompiledCosts> code =
      cost::CompiledCosts::compile(program);
  if (!code) {
    llvm::errs() << path << ": " << llvm::toString(code.takeError()) << '\n';
    ++failures;
    return;
  }
  cost::ArchitectureBatch batch(program, drawn.size());
  for (const cost::Architecture &architecture : drawn)
    batch.append(architecture.positions);
  cost::CostBatch compiledResults;
  code->evaluate(batch, compiledResults);

  std::vector<cost::Slot> roots;
  for (const cost::ProgramMetric &metric : program.metrics)
    roots.push_back(metric.value);
  cost::IntervalEvaluator intervals(program, roots);
  std::map<std::string, unsigned> metricIndex;
  for (auto [index, metric] : llvm::enumerate(program.metrics))
    metricIndex[metric.device.empty() ? metric.name
                                      : metric.name + " on " + metric.device] =
        index;
  bool hasLayers = !program.layers.empty();
  for (auto [i, architecture] : llvm::enumerate(drawn)) {
    std::string text = space.textOf(architecture);
    cost::Evaluation costs = space.costsOf(architecture);
    for (auto [index, value] : llvm::enumerate(costs.metrics))
      expectEqual("compiled " + program.metrics[index].name, value,
                  compiledResults.metric(index, i), text);
    if (i % 10 == 0) {
      // Intervals of single positions are numbers.
      cost::ChoiceDomains domains = cost::fullDomains(program);
      for (size_t c = 0; c < domains.size(); ++c) {
        domains[c].reset();
        domains[c].set(architecture.positions[c]);
      }
      cost::Bounds bounds = intervals.evaluate(domains);
      for (auto [index, value] : llvm::enumerate(costs.metrics)) {
        cost::Range range = bounds.slots[program.metrics[index].value];
        expectEqual("interval " + program.metrics[index].name, 1,
                    range.contains(value), text);
      }
    }
    if (i < solver)
      expectEqual("proof of all metrics", 1,
                  isProved(program, architecture, costs.metrics), text);
    if (!hasLayers)
      continue;
    auto module = space.specialize(architecture);
    auto network = space.networkOf(architecture);
    if (mlir::failed(module) || mlir::failed(network)) {
      ++failures;
      return;
    }
    NetworkCounts counts(*network);
    expectEqual("network macs", costs.metrics[metricIndex["macs"]], counts.macs,
                text);
    expectEqual("network weights", costs.metrics[metricIndex["weights"]],
                counts.weights, text);
    expectEqual("network params", costs.metrics[metricIndex["params"]],
                counts.parameters, text);
    nas::SpaceOp specialised = *(*module)->getOps<nas::SpaceOp>().begin();
    for (auto device : session.getModule().getOps<nas::DeviceOp>()) {
      auto plan = planActivations(specialised, device);
      if (mlir::failed(plan)) {
        ++failures;
        return;
      }
      std::string reason;
      if (!isValid(*plan, &reason)) {
        expectEqual("valid plan (" + reason + ")", 1, 0, text);
        continue;
      }
      int64_t ram =
          costs.metrics[metricIndex["ram on " + device.getSymName().str()]];
      int64_t needed = plan->size + device.getStack() + device.getStaticRam();
      expectEqual("plan within ram", 1, needed <= ram, text);
    }
    if (i < modules) {
      auto built = train::toExpected(trainer.instantiate(*network));
      if (!built) {
        llvm::errs() << llvm::toString(built.takeError()) << '\n';
        ++failures;
        continue;
      }
      expectEqual("module weights", costs.metrics[metricIndex["weights"]],
                  (*built)->weightCount(), text);
      expectEqual("module params", costs.metrics[metricIndex["params"]],
                  (*built)->parameterCount(), text);
      auto macs = (*built)->multiplyAccumulates();
      expectEqual("module macs", costs.metrics[metricIndex["macs"]],
                  macs ? *macs : -1, text);
    }
  }
  llvm::outs() << llvm::formatv(
      "{0}: {1} architectures, {2} differences so far\n", path, drawn.size(),
      failures);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv,
                              "agreement of all readers of costs\n");
  llvm::Expected<train::Trainer &> trainer = train::loadTrainer();
  if (!trainer) {
    llvm::errs() << llvm::toString(trainer.takeError()) << '\n';
    return 1;
  }
  for (const std::string &path : specs)
    checkSpecification(path, *trainer);
  return failures != 0;
}
