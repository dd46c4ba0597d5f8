//===- ExampleProject.cpp - Firmware around a network ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/ExampleProject.h"
#include "dialects/diagnostics/CodedError.h"
#include "passes/lowering/NetworkArtifact.h"
#include "runtime/deploy/ExampleTemplates.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace nasc;
using namespace nasc::deploy;

namespace {

/// What differs between the emulated boards.
struct Board {
  const char *source;
  const char *readStackPointer;
  /// Instructions in one tick of the counter.
  const char *resolution;
  const char *codeOrigin, *codeLength, *ramOrigin, *ramLength;
  /// More for the linker, with a space before.
  const char *linkFlags;
};

// MPS2: 4 MiB of code memory at 0, 4 MiB of RAM; SysTick at 25 MHz. Generated
// code has no enumerations that a size of them could matter to.
const Board cortexM = {exampleCortexMBoard,
                       /*readStackPointer=*/"mov %0, sp",
                       /*resolution=*/"40",
                       "0x00000000",
                       "4M",
                       "0x20000000",
                       "4M",
                       " -Wl,--no-enum-size-warning"};
// virt: 128 MiB from 0x80000000, where it starts.
const Board riscV32 = {exampleRiscV32Board,
                       /*readStackPointer=*/"mv %0, sp",
                       /*resolution=*/"1",
                       "0x80000000",
                       "16M",
                       "0x81000000",
                       "16M",
                       ""};

const Board &getBoard(const Target &target) {
  assert(target.bareMetal &&
         "a target with an operating system needs no board");
  const llvm::Triple triple(target.code.triple);
  if (triple.isThumb())
    return cortexM;
  assert(triple.isRISCV32() && "a bare-metal target without a board");
  return riscV32;
}

/// What an inference's caller itself needs of the stack: main.c and the
/// interrupt that extends the counter.
constexpr int64_t callerStackBytes = 2048;
constexpr int64_t defaultStackBytes = 16384;

} // namespace

std::vector<ProjectFile>
nasc::deploy::makeExampleProject(const NetworkSignature &signature,
                                 const Target &target) {
  const Board &board = getBoard(target);
  const std::string upper = llvm::StringRef(signature.name).upper();
  const bool isFloat = signature.outputElement == SampleElement::Float32;
  const int64_t stack =
      signature.stackBytes
          ? llvm::alignTo(*signature.stackBytes + callerStackBytes, 1024)
          : defaultStackBytes;
  const std::string stackBytes = std::to_string(stack);
  llvm::StringRef prefix = target.compiler.program;
  const bool isGcc = prefix.consume_back("gcc");
  assert(isGcc && "the Makefile makes the compiler's name of its prefix");
  (void)isGcc;
  const std::string machine = llvm::join(target.compiler.arguments, " ");
  const std::string emulator = target.emulator.program + " " +
                               llvm::join(target.emulator.arguments, " ");
  const std::string packages =
      target.compiler.packages + " " + target.emulator.packages;
  const std::pair<llvm::StringRef, llvm::StringRef> replacements[] = {
      {"NAME", signature.name},
      {"UPPER", upper},
      {"ELEMENT", getElementName(signature.element)},
      {"OUTPUT", getElementName(signature.outputElement)},
      {"PRINT_SCORE", isFloat ? examplePrintFloat : examplePrintInteger},
      {"CRC32", getCrc32Source()},
      {"MEMORY_FUNCTIONS", exampleMemoryFunctions},
      {"READ_SP", board.readStackPointer},
      {"RESOLUTION", board.resolution},
      {"STACK_BYTES", stackBytes},
      {"CODE_ORIGIN", board.codeOrigin},
      {"CODE_LENGTH", board.codeLength},
      {"RAM_ORIGIN", board.ramOrigin},
      {"RAM_LENGTH", board.ramLength},
      {"LINK_FLAGS", board.linkFlags},
      {"TARGET", target.name},
      {"DESCRIPTION", target.description},
      {"CROSS_COMPILE", prefix},
      {"MACHINE", machine},
      {"EMULATOR", emulator},
      {"PACKAGES", packages}};
  auto file = [&](const char *name, const char *description, const char *text) {
    return ProjectFile{name, description,
                       replacePlaceholders(text, replacements)};
  };
  return {
      file("main.c", "example firmware: runs the network", exampleMain),
      file("board.h", "example firmware: what it needs of the board",
           exampleBoardHeader),
      file("board.c", "example firmware: start-up code", board.source),
      file("linker.ld", "example firmware: memory map", exampleLinkerScript),
      file("Makefile", "example firmware: make run, verify, size",
           exampleMakefile),
      file("README", "how the example firmware is used", exampleReadme)};
}

llvm::Expected<std::vector<ProjectFile>>
nasc::deploy::writeExampleProject(const NetworkSignature &signature,
                                  const Target &target,
                                  llvm::StringRef directory) {
  if (std::error_code code = createFolders(directory))
    return codedError(Diag::NAS6042,
                      "cannot create '" + directory + "': " + code.message());
  std::vector<ProjectFile> files = makeExampleProject(signature, target);
  for (ProjectFile &file : files) {
    llvm::SmallString<256> path(directory);
    llvm::sys::path::append(path, file.name);
    llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
      out << file.text;
      return llvm::Error::success();
    });
    if (error)
      return codedError(Diag::NAS6042, "cannot write '" + path + "': " +
                                           llvm::toString(std::move(error)));
    file.text.clear();
  }
  return files;
}
