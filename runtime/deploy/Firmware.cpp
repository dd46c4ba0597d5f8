//===- Firmware.cpp - Building and running what was deployed --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Firmware.h"
#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

using namespace nasc;
using namespace nasc::deploy;

static std::string joinPath(llvm::StringRef directory,
                            const llvm::Twine &name) {
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

static llvm::Expected<std::string> makeAbsolute(llvm::StringRef path) {
  llvm::SmallString<256> absolute(path);
  if (std::error_code code = llvm::sys::fs::make_absolute(absolute))
    return codedError(Diag::NAS6047,
                      "cannot find '" + path + "': " + code.message());
  return absolute.str().str();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

static llvm::Expected<std::string> findMake(const Target &target) {
  return findProgram("make", "to build firmware for '" + target.name + "'",
                     "make");
}

static llvm::Expected<std::string> findCompiler(const Target &target) {
  // On the machine itself the user's choice counts, as in every build.
  llvm::StringRef program = target.compiler.program;
  if (const char *variable = std::getenv("CC");
      variable && *variable && program == "cc")
    program = variable;
  return findProgram(program, "to compile for the target '" + target.name + "'",
                     target.compiler.packages);
}

static llvm::Expected<std::string> findEmulator(const Target &target) {
  return findProgram(target.emulator.program,
                     "to run programs of the target '" + target.name + "'",
                     target.emulator.packages);
}

llvm::Error nasc::deploy::checkTargetPrograms(const Target &target) {
  if (target.bareMetal)
    if (auto make = findMake(target); !make)
      return make.takeError();
  if (auto compiler = findCompiler(target); !compiler)
    return compiler.takeError();
  if (!target.emulator.program.empty())
    if (auto emulator = findEmulator(target); !emulator)
      return emulator.takeError();
  return llvm::Error::success();
}

/// The program and its own arguments, to which others are added.
static std::vector<std::string> beginCommand(std::string path,
                                             const HostProgram &program) {
  std::vector<std::string> command = {std::move(path)};
  command.insert(command.end(), program.arguments.begin(),
                 program.arguments.end());
  return command;
}

static llvm::Error buildError(llvm::StringRef what, const Target &target,
                              const SubprocessResult &result) {
  return codedError(
      Diag::NAS6043,
      "'" + what + "' cannot be built for the target '" + target.name +
          "' (exit code " + llvm::Twine(result.exitCode) + "):\n" +
          llvm::StringRef(result.output).trim() +
          "\nthe compiler and its libraries are, on Debian, in: " +
          target.compiler.packages);
}

static llvm::Error runError(llvm::StringRef what, const Target &target,
                            const SubprocessResult &result) {
  const llvm::StringRef output = llvm::StringRef(result.output).trim();
  const std::string printed =
      output.empty() ? "; it printed nothing" : (":\n" + output).str();
  return codedError(Diag::NAS6045, "'" + what + "' failed for the target '" +
                                       target.name + "' (exit code " +
                                       llvm::Twine(result.exitCode) + ")" +
                                       printed);
}

//===----------------------------------------------------------------------===//
// What programs print
//===----------------------------------------------------------------------===//

/// Reads the lines of a run of the check sample; false if one is missing or
/// damaged. Lines that mean nothing here are for people.
static bool parseCheckRun(llvm::StringRef output, CheckRun &run) {
  run.output = output.str();
  bool hasChecksum = false, hasVerdict = false;
  llvm::SmallVector<llvm::StringRef> lines;
  output.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef line : lines) {
    llvm::SmallVector<llvm::StringRef> words;
    llvm::SplitString(line, words);
    if (words.size() < 2)
      continue;
    int64_t number = 0;
    if (words[0] == "instructions") {
      if (words[1].getAsInteger(10, number))
        return false;
      run.instructions = number;
    } else if (words[0] == "stack" && words.size() == 3 &&
               words[2] == "bytes") {
      if (words[1].getAsInteger(10, number))
        return false;
      run.stackBytes = number;
    } else if (words[0] == "step" && words.size() == 4) {
      // Steps come in their order.
      if (words[1].getAsInteger(10, number) ||
          number != static_cast<int64_t>(run.stepInstructions.size()) ||
          words[3].getAsInteger(10, number))
        return false;
      run.stepInstructions.push_back(number);
    } else if (words[0] == "crc32") {
      if (words[1].getAsInteger(0, run.checksum))
        return false;
      hasChecksum = true;
    } else if (words[0] == "expected") {
      uint32_t expected = 0;
      if (words[1].getAsInteger(0, expected))
        return false;
      run.expectedChecksum = expected;
    } else if (words[0] == "check") {
      hasVerdict = true;
      run.passed = words[1] == "passed" || words[1] == "none";
    }
  }
  return hasChecksum && hasVerdict;
}

/// A program that ran the check sample: its exit code agrees with what it says.
static llvm::Expected<CheckRun> readCheckRun(llvm::StringRef what,
                                             const Target &target,
                                             const SubprocessResult &result) {
  CheckRun run;
  if (!parseCheckRun(result.output, run) ||
      run.passed != (result.exitCode == 0))
    return runError(what, target, result);
  return run;
}

//===----------------------------------------------------------------------===//
// Targets without an operating system
//===----------------------------------------------------------------------===//

llvm::Expected<std::string>
nasc::deploy::buildFirmware(const Target &target, llvm::StringRef name,
                            llvm::StringRef directory, FirmwareVariant variant,
                            unsigned timeoutSeconds) {
  assert(target.bareMetal && "a program, not firmware");
  llvm::Expected<std::string> make = findMake(target);
  if (!make)
    return make.takeError();
  if (auto compiler = findCompiler(target); !compiler)
    return compiler.takeError();
  const std::string source = variant.portableSource ? "c" : "o";
  const std::string profile = variant.profile ? "1" : "0";
  llvm::Expected<SubprocessResult> result =
      runSubprocess({*make, "-C", directory.str(), "--no-print-directory",
                     "SOURCE=" + source, "PROFILE=" + profile},
                    "", timeoutSeconds);
  if (!result)
    return result.takeError();
  if (result->exitCode != 0)
    return buildError(directory, target, *result);
  return joinPath(directory, "build/" + source + profile + "/" + name + ".elf");
}

/// Runs firmware with a command line in a folder. `counting` makes the
/// emulator's clock count instructions, which takes longer. As the projects'
/// Makefile does it.
static llvm::Expected<SubprocessResult>
emulate(const Target &target, llvm::StringRef elf,
        llvm::ArrayRef<llvm::StringRef> words, llvm::StringRef directory,
        bool counting, unsigned timeoutSeconds) {
  assert(target.bareMetal && "a program, not firmware");
  llvm::Expected<std::string> emulator = findEmulator(target);
  if (!emulator)
    return emulator.takeError();
  llvm::Expected<std::string> kernel = makeAbsolute(elf);
  if (!kernel)
    return kernel.takeError();
  std::vector<std::string> command = beginCommand(*emulator, target.emulator);
  if (counting)
    command.insert(command.end(), {"-icount", "shift=0"});
  std::string semihosting = "enable=on,target=native,chardev=console";
  for (llvm::StringRef word : words)
    semihosting += (",arg=" + word).str();
  command.insert(command.end(),
                 {"-chardev", "stdio,id=console", "-semihosting-config",
                  semihosting, "-kernel", *kernel});
  return runSubprocess(command, directory, timeoutSeconds);
}

llvm::Expected<CheckRun> nasc::deploy::runFirmware(const Target &target,
                                                   llvm::StringRef elf,
                                                   unsigned timeoutSeconds) {
  llvm::Expected<SubprocessResult> result =
      emulate(target, elf, {"run"}, "", /*counting=*/true, timeoutSeconds);
  if (!result)
    return result.takeError();
  return readCheckRun(elf, target, *result);
}

llvm::Error nasc::deploy::verifyFirmware(const Target &target,
                                         llvm::StringRef elf,
                                         llvm::StringRef samples,
                                         llvm::StringRef scores,
                                         unsigned timeoutSeconds) {
  // The emulator splits names at spaces and commas, so it gets short ones.
  llvm::SmallString<256> folder;
  if (std::error_code code =
          llvm::sys::fs::createUniqueDirectory("nasc-verify", folder))
    return codedError(Diag::NAS6047,
                      "cannot create a temporary folder: " + code.message());
  auto remove =
      llvm::make_scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  llvm::Expected<std::string> source = makeAbsolute(samples);
  if (!source)
    return source.takeError();
  if (!llvm::sys::fs::exists(*source))
    return codedError(Diag::NAS6045,
                      "there is no file '" + samples + "' with samples");
  if (std::error_code code =
          llvm::sys::fs::create_link(*source, joinPath(folder, "samples")))
    return codedError(Diag::NAS6047,
                      "cannot link to '" + samples + "': " + code.message());
  llvm::Expected<SubprocessResult> result =
      emulate(target, elf, {"verify", "samples", "scores"}, folder,
              /*counting=*/false, timeoutSeconds);
  if (!result)
    return result.takeError();
  if (result->exitCode != 0)
    return runError(elf, target, *result);
  if (std::error_code code =
          llvm::sys::fs::copy_file(joinPath(folder, "scores"), scores))
    return codedError(Diag::NAS6045,
                      "cannot write '" + scores + "': " + code.message());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Targets with Linux
//===----------------------------------------------------------------------===//

llvm::Error nasc::deploy::linkTestProgram(const NetworkSignature &signature,
                                          const Target &target,
                                          NetworkArtifact &artifact,
                                          llvm::StringRef directory,
                                          unsigned timeoutSeconds) {
  assert(!target.bareMetal && "firmware has a project of its own");
  if (llvm::Error error = writeTestSource(signature, artifact, directory))
    return error;
  llvm::Expected<std::string> compiler = findCompiler(target);
  if (!compiler)
    return compiler.takeError();
  artifact.testProgram = joinPath(directory, signature.name + "_test");
  std::vector<std::string> command = beginCommand(*compiler, target.compiler);
  command.insert(command.end(), {"-std=c11", "-O2"});
  // An emulator has no libraries of the other processor.
  if (!target.emulator.program.empty())
    command.push_back("-static");
  command.insert(command.end(), {"-o", artifact.testProgram,
                                 artifact.testSource, artifact.object});
  llvm::Expected<SubprocessResult> result =
      runSubprocess(command, "", timeoutSeconds);
  if (!result)
    return result.takeError();
  if (result->exitCode != 0)
    return buildError(artifact.testProgram, target, *result);
  return llvm::Error::success();
}

/// Runs a test program, in the emulator if the target has one.
static llvm::Expected<SubprocessResult>
runProgram(const Target &target, const NetworkArtifact &artifact,
           llvm::ArrayRef<std::string> arguments, unsigned timeoutSeconds) {
  assert(!target.bareMetal && "firmware, not a program");
  llvm::Expected<std::string> program = makeAbsolute(artifact.testProgram);
  if (!program)
    return program.takeError();
  std::vector<std::string> command;
  if (!target.emulator.program.empty()) {
    llvm::Expected<std::string> emulator = findEmulator(target);
    if (!emulator)
      return emulator.takeError();
    command = beginCommand(*emulator, target.emulator);
  }
  command.push_back(*program);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return runSubprocess(command, "", timeoutSeconds);
}

llvm::Expected<CheckRun>
nasc::deploy::checkTestProgram(const Target &target,
                               const NetworkArtifact &artifact,
                               unsigned timeoutSeconds) {
  llvm::Expected<SubprocessResult> result =
      runProgram(target, artifact, {"--check"}, timeoutSeconds);
  if (!result)
    return result.takeError();
  return readCheckRun(artifact.testProgram, target, *result);
}

llvm::Error nasc::deploy::verifyTestProgram(const Target &target,
                                            const NetworkArtifact &artifact,
                                            llvm::StringRef samples,
                                            llvm::StringRef scores,
                                            unsigned timeoutSeconds) {
  llvm::Expected<SubprocessResult> result = runProgram(
      target, artifact, {samples.str(), scores.str()}, timeoutSeconds);
  if (!result)
    return result.takeError();
  if (result->exitCode != 0)
    return runError(artifact.testProgram, target, *result);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Whether a section is what the linker script of example projects discards.
static bool isDiscarded(llvm::StringRef name) {
  return name.starts_with(".ARM.ex") || name.starts_with(".eh_frame") ||
         name.starts_with(".note") || name == ".comment";
}

llvm::Expected<MemoryUse>
nasc::deploy::readMemoryUse(llvm::MemoryBufferRef elf) {
  auto object = llvm::object::ObjectFile::createELFObjectFile(elf);
  if (!object)
    return codedError(Diag::NAS6046, "'" + elf.getBufferIdentifier() +
                                         "' is no ELF file: " +
                                         llvm::toString(object.takeError()));
  MemoryUse use;
  for (const llvm::object::SectionRef &reference : (*object)->sections()) {
    const llvm::object::ELFSectionRef section(reference);
    llvm::Expected<llvm::StringRef> name = section.getName();
    if (!name)
      return codedError(Diag::NAS6046, "'" + elf.getBufferIdentifier() +
                                           "' is damaged: " +
                                           llvm::toString(name.takeError()));
    const uint64_t flags = section.getFlags();
    if (!(flags & llvm::ELF::SHF_ALLOC) || isDiscarded(*name))
      continue;
    const int64_t size = section.getSize();
    if (*name == ".stack")
      use.stack += size;
    else if (*name == ".arena")
      use.arena += size;
    else if (flags & llvm::ELF::SHF_EXECINSTR)
      use.code += size;
    // Relocated constants are writable for a dynamic linker alone.
    else if (!(flags & llvm::ELF::SHF_WRITE) ||
             name->starts_with(".data.rel.ro"))
      use.constants += size;
    else if (section.getType() == llvm::ELF::SHT_NOBITS)
      use.zeroed += size;
    else
      use.data += size;
  }
  return use;
}

llvm::Expected<MemoryUse> nasc::deploy::readMemoryUse(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return codedError(Diag::NAS6046, "cannot read '" + path +
                                         "': " + buffer.getError().message());
  return readMemoryUse((*buffer)->getMemBufferRef());
}

llvm::Error nasc::deploy::measureObject(NetworkObject &network) {
  llvm::Expected<MemoryUse> use = readMemoryUse(llvm::MemoryBufferRef(
      network.object.str(), network.signature.name + ".o"));
  if (!use)
    return use.takeError();
  if (use->staticRam() != 0)
    return codedError(Diag::NAS6046,
                      "expected an object without writable data, but '" +
                          network.signature.name + ".o' has " +
                          llvm::Twine(use->staticRam()) + " bytes of it");
  network.signature.codeBytes = use->code;
  network.signature.constantBytes = use->constants;
  return llvm::Error::success();
}
