//===- firmware_agreement.cpp - Limits that were checked, and firmware ----===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws random architectures of specifications, compiles each with made-up
// weights for every device of the specification without an operating system
// that has a cost model of int8, links the example project, runs it in the
// emulator, and compares what it needs with what the limits on `ram` and
// `flash` were checked with:
//
//   ram    the arena, the stack that the call used, and static data
//   flash  code and constants of the linked program, all of it
//
// Neither may need more; the gap is printed. Exits with 1 if one does, and with
// 77 where a compiler or emulator is not installed.
//
//   firmware_agreement [--count=N] [--detail] SPEC.nas...
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/MemoryPlan.h"
#include "passes/kernels/QuantizedPipeline.h"
#include "passes/lowering/Target.h"
#include "passes/quantization/Passes.h"
#include "runtime/deploy/ExampleProject.h"
#include "runtime/deploy/Firmware.h"
#include "runtime/search/CompiledSpace.h"
#include "runtime/search/RandomNumbers.h"
#include "tools/nasc/Session.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

#include <map>

using namespace nasc;
namespace cl = llvm::cl;

static cl::list<std::string> specs(cl::Positional, cl::OneOrMore,
                                   cl::desc("SPEC.nas..."));
static cl::opt<unsigned> count("count", cl::init(100),
                               cl::desc("Architectures of each specification"));
static cl::opt<bool> detail("detail", cl::desc("One line an architecture"));

namespace {

/// How a metric compares over the architectures.
struct Agreement {
  unsigned networks = 0, above = 0;
  double gaps = 0, largestGap = 0;

  void add(int64_t checked, int64_t needed) {
    ++networks;
    above += needed > checked;
    const double gap = 1.0 - static_cast<double>(needed) / checked;
    gaps += gap;
    largestGap = std::max(largestGap, gap);
  }
};

struct Need {
  int64_t ram = 0, flash = 0, arena = 0, stack = 0, code = 0, constants = 0;
};

/// What the linked firmware of a network needs.
llvm::Expected<Need> measure(mlir::ModuleOp network, const Target &target,
                             int64_t alignment) {
  mlir::PassManager manager(network.getContext());
  ConvertNasToQuantizedTosaOptions options;
  options.placeholders = true;
  manager.addPass(createConvertNasToQuantizedTosa(options));
  if (mlir::failed(manager.run(network)))
    return llvm::createStringError("the network cannot be quantised");
  auto machine = createTargetMachine(target.code);
  if (!machine)
    return machine.takeError();
  QuantizedPipeline pipeline(std::move(*machine), alignment);
  auto object = compileNetwork(network, pipeline, "net");
  if (!object)
    return object.takeError();
  if (llvm::Error error = deploy::measureObject(*object))
    return error;
  llvm::SmallString<128> folder;
  if (std::error_code problem =
          llvm::sys::fs::createUniqueDirectory("nasc-firmware", folder))
    return llvm::createStringError(problem, "no folder");
  auto remove =
      llvm::make_scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  auto artifact = writeNetwork(*object, folder);
  if (!artifact)
    return artifact.takeError();
  auto files = deploy::writeExampleProject(object->signature, target, folder);
  if (!files)
    return files.takeError();
  auto elf = deploy::buildFirmware(target, "net", folder);
  if (!elf)
    return elf.takeError();
  auto memory = deploy::readMemoryUse(llvm::StringRef(*elf));
  if (!memory)
    return memory.takeError();
  auto run = deploy::runFirmware(target, *elf);
  if (!run)
    return run.takeError();
  Need need;
  need.arena = object->signature.arenaBytes;
  need.stack = run->stackBytes.value_or(0);
  need.ram = need.arena + need.stack + memory->staticRam();
  need.flash = memory->flash();
  need.code = *object->signature.codeBytes;
  need.constants = *object->signature.constantBytes;
  return need;
}

bool compare(const std::string &path) {
  Options options;
  options.input = path;
  options.action = Options::Action::Emit;
  Session session(options);
  if (!session.deriveCosts())
    return false;
  auto spaces = session.getModule().getOps<nas::SpaceOp>();
  if (spaces.empty())
    return true;
  auto compiled = search::CompiledSpace::create(session.getModule(),
                                                (*spaces.begin()).getSymName());
  if (mlir::failed(compiled) || !(*compiled)->getArchitectures())
    return false;
  search::CompiledSpace &space = **compiled;
  bool fits = true;
  for (auto device : session.getModule().getOps<nas::DeviceOp>()) {
    const Target *target =
        device.getTarget() ? findTarget(*device.getTarget()) : nullptr;
    if (!target || !target->bareMetal ||
        device.getPrecision() != nas::Precision::Int8)
      continue;
    search::RandomNumbers random(1);
    Agreement ram, flash;
    const bool single = space.getProgram().choices.empty();
    for (unsigned i = 0; i < (single ? 1 : count.getValue()); ++i) {
      cost::Architecture architecture =
          space.getArchitectures()->sample([&] { return random.next(); });
      cost::Evaluation costs = space.costsOf(architecture);
      std::map<std::string, int64_t> checked;
      for (auto [metric, value] :
           llvm::zip(space.getProgram().metrics, costs.metrics))
        if (metric.device == device.getSymName())
          checked[metric.name] = value;
      auto module = space.specialize(architecture);
      if (mlir::failed(module))
        return false;
      llvm::Expected<Need> need =
          measure(**module, *target, device.getAlignment());
      if (!need && need.errorIsA<deploy::MissingProgram>()) {
        llvm::errs() << llvm::toString(need.takeError()) << '\n';
        std::exit(77);
      }
      if (!need) {
        llvm::errs() << path << ": " << llvm::toString(need.takeError())
                     << '\n';
        return false;
      }
      if (detail)
        llvm::outs() << llvm::formatv(
            "ram {0} for {1} (arena {2}, stack {3}), flash {4} for {5} (code "
            "{6}, constants {7}): {8}\n",
            checked["ram"], need->ram, need->arena, need->stack,
            checked["flash"], need->flash, need->code, need->constants,
            space.textOf(architecture));
      ram.add(checked["ram"], need->ram);
      flash.add(checked["flash"], need->flash);
    }
    for (const auto &[name, agreement] :
         {std::pair("ram", ram), std::pair("flash", flash)}) {
      llvm::outs() << llvm::formatv(
          "{0}, {1} on {2}: {3} networks, {4} need more than was checked, mean "
          "gap {5:P2}, largest {6:P2}\n",
          path, name, device.getSymName(), agreement.networks, agreement.above,
          agreement.gaps / agreement.networks, agreement.largestGap);
      fits &= agreement.above == 0;
    }
    llvm::outs().flush();
  }
  return fits;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv,
                              "What was checked against what firmware needs\n");
  bool fits = true;
  for (const std::string &path : specs)
    fits &= compare(path);
  return fits ? 0 : 1;
}
