//===- NetworkArtifact.cpp - The files of a deployed network --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/NetworkArtifact.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

namespace nasc {

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static const char *elementName(SampleElement element) {
  switch (element) {
  case SampleElement::UInt8:
    return "uint8_t";
  case SampleElement::Int8:
    return "int8_t";
  case SampleElement::Float32:
    return "float";
  }
  llvm_unreachable("all element types are covered");
}

static std::string shapeText(const std::vector<int64_t> &shape) {
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }),
      " x ");
}

static std::string upperName(const NetworkSignature &signature) {
  return llvm::StringRef(signature.name).upper();
}

std::string makeNetworkHeader(const NetworkSignature &signature) {
  std::string text;
  llvm::raw_string_ostream out(text);
  const std::string upper = upperName(signature);
  const char *element = elementName(signature.element);
  out << "/* " << signature.name
      << ".h - A neural network. Written by nasc. */\n"
      << "#ifndef NASC_NETWORK_" << upper << "_H\n"
      << "#define NASC_NETWORK_" << upper << "_H\n\n"
      << "#include <stdint.h>\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      << "/** Elements of a sample: " << shapeText(signature.inputShape)
      << ", channels last. */\n"
      << "#define " << upper << "_INPUT_ELEMENTS " << signature.inputElements()
      << "\n"
      << "/** Elements of a result: " << shapeText(signature.outputShape)
      << ". */\n"
      << "#define " << upper << "_OUTPUT_ELEMENTS "
      << signature.outputElements() << "\n"
      << "/** Bytes of working memory that a call needs. */\n"
      << "#define " << upper << "_ARENA_BYTES " << signature.arenaBytes << "\n"
      << "/** What the address of the working memory must be a multiple of. "
         "*/\n"
      << "#define " << upper << "_ARENA_ALIGNMENT " << signature.arenaAlignment
      << "\n\n"
      << "/**\n"
      << " * Runs the network on one sample.\n"
      << " *\n"
      << " * @param sample  " << upper << "_INPUT_ELEMENTS raw elements";
  if (signature.element == SampleElement::UInt8)
    out << " (0 to 255); they are\n *                normalised inside";
  else
    out << "; they are\n *                normalised inside";
  out << ".\n"
      << " * @param scores  room for " << upper << "_OUTPUT_ELEMENTS results.\n"
      << " * @param arena   " << upper
      << "_ARENA_BYTES of memory, aligned to\n *                " << upper
      << "_ARENA_ALIGNMENT; its contents do not matter before and\n"
      << " *                are undefined after the call.\n"
      << " *\n"
      << " * The three must not overlap. The function uses no heap and no "
         "state:\n"
      << " * calls with different arenas may run at the same time.\n"
      << " */\n"
      << "void " << signature.name << "(const " << element
      << " *sample, float *scores, void *arena);\n\n"
      << "#ifdef __cplusplus\n}\n#endif\n\n"
      << "#endif /* NASC_NETWORK_" << upper << "_H */\n";
  return text;
}

std::string makeTestProgram(const NetworkSignature &signature) {
  std::string text;
  llvm::raw_string_ostream out(text);
  const std::string upper = upperName(signature);
  const std::string &name = signature.name;
  out << "/* " << name
      << "_test.c - Runs the network on a file of samples. Written by nasc.\n"
      << " *\n"
      << " *   " << name << "_test SAMPLES SCORES\n"
      << " *\n"
      << " * SAMPLES (\"-\" for standard input) holds raw samples, one after "
         "the "
         "other;\n"
      << " * SCORES gets the results of each as float, in the machine's byte "
         "order.\n"
      << " */\n"
      << "#include \"" << name << ".h\"\n"
      << "#include <stdalign.h>\n#include <stdio.h>\n#include <string.h>\n\n"
      << "static alignas(" << upper << "_ARENA_ALIGNMENT) unsigned char arena["
      << upper << "_ARENA_BYTES + 1];\n"
      << "static " << elementName(signature.element) << " sample[" << upper
      << "_INPUT_ELEMENTS];\n"
      << "static float scores[" << upper << "_OUTPUT_ELEMENTS];\n\n"
      << "int main(int argc, char **argv) {\n"
      << "  if (argc != 3) {\n"
      << "    fprintf(stderr, \"usage: %s SAMPLES SCORES\\n\", argv[0]);\n"
      << "    return 2;\n"
      << "  }\n"
      << "  FILE *input = strcmp(argv[1], \"-\") == 0 ? stdin : fopen(argv[1], "
         "\"rb\");\n"
      << "  if (!input) {\n"
      << "    perror(argv[1]);\n"
      << "    return 1;\n"
      << "  }\n"
      << "  FILE *output = fopen(argv[2], \"wb\");\n"
      << "  if (!output) {\n"
      << "    perror(argv[2]);\n"
      << "    return 1;\n"
      << "  }\n"
      << "  size_t bytes;\n"
      << "  while ((bytes = fread(sample, 1, sizeof sample, input)) == sizeof "
         "sample) {\n"
      << "    " << name << "(sample, scores, arena);\n"
      << "    if (fwrite(scores, sizeof scores, 1, output) != 1) {\n"
      << "      perror(argv[2]);\n"
      << "      return 1;\n"
      << "    }\n"
      << "  }\n"
      << "  if (ferror(input)) {\n"
      << "    perror(argv[1]);\n"
      << "    return 1;\n"
      << "  }\n"
      << "  if (bytes != 0) {\n"
      << "    fprintf(stderr, \"%s: the last sample is cut off\\n\", "
         "argv[1]);\n"
      << "    return 1;\n"
      << "  }\n"
      << "  if (fclose(output) != 0) {\n"
      << "    perror(argv[2]);\n"
      << "    return 1;\n"
      << "  }\n"
      << "  return 0;\n"
      << "}\n";
  return text;
}

static llvm::Error writeFile(const std::string &path, llvm::StringRef text) {
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out << text;
    out.flush();
    return llvm::Error::success();
  });
  if (error)
    return makeError("cannot write '" + path +
                     "': " + llvm::toString(std::move(error)) + " [NAS6010]");
  return llvm::Error::success();
}

static std::string join(llvm::StringRef directory, const llvm::Twine &name) {
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

llvm::Expected<NetworkArtifact> writeNetwork(const NetworkObject &network,
                                             llvm::StringRef directory) {
  if (std::error_code code = llvm::sys::fs::create_directories(directory))
    return makeError("cannot create '" + directory + "': " + code.message() +
                     " [NAS6010]");
  NetworkArtifact artifact;
  const std::string &name = network.signature.name;
  artifact.object = join(directory, name + ".o");
  artifact.header = join(directory, name + ".h");
  if (llvm::Error error = writeFile(artifact.object, network.object.str()))
    return error;
  if (llvm::Error error =
          writeFile(artifact.header, makeNetworkHeader(network.signature)))
    return error;
  return artifact;
}

/// Runs a program; an error with what it printed if it fails.
static llvm::Error runProgram(llvm::StringRef program,
                              llvm::ArrayRef<llvm::StringRef> arguments,
                              const llvm::Twine &purpose) {
  llvm::SmallString<128> log;
  if (std::error_code code =
          llvm::sys::fs::createTemporaryFile("nasc", "log", log))
    return makeError("cannot create a temporary file: " + code.message() +
                     " [NAS6010]");
  llvm::FileRemover remover(log);
  std::string message;
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(""), log.str(),
                                                log.str()};
  const int status = llvm::sys::ExecuteAndWait(program, arguments, std::nullopt,
                                               redirects, 0, 0, &message);
  if (status == 0)
    return llvm::Error::success();
  std::string printed;
  if (auto buffer = llvm::MemoryBuffer::getFile(log))
    printed = (*buffer)->getBuffer().trim().str();
  return makeError(
      "'" + program + "' failed " + purpose + " (" +
      (message.empty() ? "exit code " + std::to_string(status) : message) +
      ")" + (printed.empty() ? "" : ":\n" + printed) + " [NAS6011]");
}

llvm::Error linkTestProgram(const NetworkSignature &signature,
                            NetworkArtifact &artifact,
                            llvm::StringRef directory,
                            llvm::StringRef compiler) {
  artifact.testSource = join(directory, signature.name + "_test.c");
  artifact.testProgram = join(directory, signature.name + "_test");
  if (llvm::Error error =
          writeFile(artifact.testSource, makeTestProgram(signature)))
    return error;
  std::string wanted = compiler.str();
  if (wanted.empty())
    if (const char *variable = std::getenv("CC"); variable && *variable)
      wanted = variable;
  if (wanted.empty())
    wanted = "cc";
  auto found = llvm::sys::findProgramByName(wanted);
  if (!found)
    return makeError("no C compiler '" + wanted + "' to link '" +
                     artifact.testProgram +
                     "'; install one (on Debian: apt-get install gcc) or name "
                     "one in the environment variable CC [NAS6011]");
  return runProgram(*found,
                    {*found, "-std=c11", "-O2", "-o", artifact.testProgram,
                     artifact.testSource, artifact.object},
                    "to link '" + artifact.testProgram + "'");
}

llvm::Error runTestProgram(const NetworkArtifact &artifact,
                           llvm::StringRef samples, llvm::StringRef scores) {
  return runProgram(artifact.testProgram,
                    {artifact.testProgram, samples, scores},
                    "on '" + samples + "'");
}

} // namespace nasc
