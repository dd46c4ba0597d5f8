//===- Target.cpp - The machines that networks are compiled for -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/Target.h"
#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

namespace nasc {

/// An emulator of a whole board. Its console is the standard output, it has no
/// input and no window.
static HostProgram systemEmulator(llvm::StringRef program,
                                  std::vector<std::string> board,
                                  llvm::StringRef package) {
  for (const char *argument : {"-display", "none", "-serial", "none",
                               "-monitor", "none", "-no-reboot"})
    board.push_back(argument);
  return {program.str(), std::move(board), package.str()};
}

static HostProgram armCompiler(llvm::StringRef cpu, llvm::StringRef fpu) {
  return {"arm-none-eabi-gcc",
          {("-mcpu=" + cpu).str(), "-mthumb", "-mfloat-abi=hard",
           ("-mfpu=" + fpu).str()},
          "gcc-arm-none-eabi"};
}

static std::vector<Target> makeTargets() {
  const llvm::Triple process(llvm::sys::getProcessTriple());
  const HostProgram nothing;
  const HostProgram hostCompiler = {"cc", {}, "gcc libc6-dev"};
  std::vector<Target> targets;

  targets.push_back({"host", "the machine nasc runs on, with its processor",
                     TargetDescription(), /*bareMetal=*/false, hostCompiler,
                     nothing});

  const bool isX86 = process.getArch() == llvm::Triple::x86_64;
  targets.push_back(
      {"x86-64",
       "Linux on any x86-64 with SSE4.2 (x86-64-v2)",
       {"x86_64-unknown-linux-gnu", "x86-64-v2", ""},
       /*bareMetal=*/false,
       isX86 ? hostCompiler
             : HostProgram{"x86_64-linux-gnu-gcc",
                           {},
                           "gcc-x86-64-linux-gnu libc6-dev-amd64-cross"},
       isX86 ? nothing : HostProgram{"qemu-x86_64", {}, "qemu-user"}});

  const bool isAArch64 = process.getArch() == llvm::Triple::aarch64;
  targets.push_back(
      {"aarch64",
       "Linux on any 64-bit Arm (Armv8-A)",
       {"aarch64-unknown-linux-gnu", "generic", ""},
       /*bareMetal=*/false,
       isAArch64 ? hostCompiler
                 : HostProgram{"aarch64-linux-gnu-gcc",
                               {},
                               "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"},
       isAArch64 ? nothing
                 : HostProgram{"qemu-aarch64", {"-cpu", "max"}, "qemu-user"}});

  const bool isRiscV64 = process.getArch() == llvm::Triple::riscv64;
  targets.push_back(
      {"riscv64",
       "Linux on 64-bit RISC-V (rv64gc)",
       {"riscv64-unknown-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c"},
       /*bareMetal=*/false,
       isRiscV64 ? hostCompiler
                 : HostProgram{"riscv64-linux-gnu-gcc",
                               {"-march=rv64gc", "-mabi=lp64d"},
                               "gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"},
       isRiscV64 ? nothing : HostProgram{"qemu-riscv64", {}, "qemu-user"}});

  targets.push_back(
      {"cortex-m7",
       "Arm Cortex-M7 with double-precision FPU, no operating system",
       {"thumbv7em-none-eabihf", "cortex-m7", ""},
       /*bareMetal=*/true,
       armCompiler("cortex-m7", "fpv5-d16"),
       systemEmulator("qemu-system-arm", {"-M", "mps2-an500"},
                      "qemu-system-arm")});

  targets.push_back(
      {"cortex-m4",
       "Arm Cortex-M4 with single-precision FPU, no operating system",
       {"thumbv7em-none-eabihf", "cortex-m4", ""},
       /*bareMetal=*/true,
       armCompiler("cortex-m4", "fpv4-sp-d16"),
       systemEmulator("qemu-system-arm", {"-M", "mps2-an386"},
                      "qemu-system-arm")});

  // The compiler's libraries exist for rv32imc, but not for rv32imc_zicsr,
  // for which the compiler silently takes 64-bit ones.
  targets.push_back(
      {"riscv32",
       "32-bit RISC-V (rv32imc), no operating system",
       {"riscv32-unknown-none-elf", "generic-rv32", "+m,+c"},
       /*bareMetal=*/true,
       {"riscv64-unknown-elf-gcc",
        {"-march=rv32imc", "-mabi=ilp32"},
        "gcc-riscv64-unknown-elf"},
       systemEmulator("qemu-system-riscv32", {"-M", "virt", "-bios", "none"},
                      "qemu-system-misc")});
  return targets;
}

llvm::ArrayRef<Target> getTargets() {
  static const std::vector<Target> targets = makeTargets();
  return targets;
}

const Target *findTarget(llvm::StringRef name) {
  const llvm::ArrayRef<Target> targets = getTargets();
  const Target *found = llvm::find_if(
      targets, [&](const Target &target) { return target.name == name; });
  return found == targets.end() ? nullptr : found;
}

llvm::Expected<const Target *> getTarget(llvm::StringRef name) {
  if (const Target *target = findTarget(name))
    return target;
  const std::string names = llvm::join(
      llvm::map_range(getTargets(),
                      [](const Target &target) { return target.name.str(); }),
      ", ");
  return codedError(Diag::NAS6040,
                    "there is no target '" + name + "'; available: " + names);
}

} // namespace nasc
