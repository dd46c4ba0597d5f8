//===- DeployTestSupport.cpp - A small network in C -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/deploy/DeployTestSupport.h"
#include "dialects/diagnostics/CodedError.h"
#include "runtime/deploy/Subprocess.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <random>

namespace nasc::test {

static constexpr int inputs = 64, outputs = 5;

static int weightOf(int output, int input) {
  return (output * 37 + input * 53 + output * input * 11) % 255 - 127;
}

TinyNetwork::TinyNetwork(llvm::StringRef name) {
  signature.name = name.str();
  signature.element = SampleElement::Int8;
  signature.outputElement = SampleElement::Int8;
  signature.inputShape = {8, 8, 1};
  signature.outputShape = {outputs};
  signature.arenaBytes = 256;
  signature.arenaAlignment = 16;
  signature.inputOffset = 128;
  signature.outputOffset = 200;
  const std::vector<uint8_t> scores = run(makeCheckSample(signature));
  signature.checkCrc32 = computeScoresCrc32(scores);
}

std::string TinyNetwork::makeSource(bool profile) const {
  const bool isFloat = signature.outputElement == SampleElement::Float32;
  const std::string &name = signature.name;
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "#include \"" << name << ".h\"\n"
      << "void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes);\n"
      << "void *memset(void *to, int value, __SIZE_TYPE__ bytes);\n"
      << "static const int8_t weights[" << outputs << "][" << inputs
      << "] = {\n";
  for (int output = 0; output < outputs; ++output) {
    out << "{";
    for (int input = 0; input < inputs; ++input)
      out << weightOf(output, input) << ",";
    out << "},\n";
  }
  out << "};\n";
  if (profile)
    out << "void " << name << "_profile(int32_t step);\n";
  auto step = [&](int number) {
    if (profile)
      out << "  " << name << "_profile(" << number << ");\n";
  };
  out << "void " << name << "(const int8_t *sample, "
      << getElementName(signature.outputElement) << " *scores, void *arena) {\n"
      << "  int8_t *copy = arena;\n"
      << "  int32_t *sums = (int32_t *)((char *)arena + 64);\n"
      << "  int i, k;\n";
  if (frameBytes > 0)
    out << "  volatile char frame[" << frameBytes << "];\n"
        << "  for (i = 0; i < " << frameBytes << "; ++i) frame[i] = 1;\n";
  out << extra << "  memcpy(copy, sample, " << inputs << ");\n"
      << "  memset(sums, 0, " << outputs
      << " * sizeof(int32_t));\n"
      // What lies in the arena may be overwritten.
      << "  if ((const char *)sample == (const char *)arena + 128)\n"
      << "    for (i = 0; i < " << inputs << "; ++i)\n"
      << "      ((int8_t *)sample)[i] = (int8_t)~sample[i];\n";
  step(0);
  out << firstStep;
  // No vectors, so that the work of a step is known.
  auto rows = [&](int from, int to) {
    out << "  for (k = " << from << "; k < " << to << "; ++k)\n"
        << "    for (i = 0; i < " << inputs << "; ++i) {\n"
        << "      sums[k] += copy[i] * weights[k][i];\n"
        << "      __asm__ volatile(\"\" : : : \"memory\");\n"
        << "    }\n";
  };
  rows(0, 1);
  step(1);
  rows(1, outputs);
  step(2);
  out << "  for (k = 0; k < " << outputs << "; ++k) {\n";
  if (isFloat)
    out << "    scores[k] = (float)sums[k] / 1024.0f;\n";
  else
    out << "    int32_t value = sums[k] / 256;\n"
        << "    scores[k] = (int8_t)(value < -128 ? -128 : value > 127 ? 127 "
           ": value);\n";
  out << "  }\n}\n";
  return text;
}

std::vector<uint8_t> TinyNetwork::run(llvm::ArrayRef<uint8_t> sample) const {
  std::vector<uint8_t> result;
  for (int output = 0; output < outputs; ++output) {
    int32_t sum = 0;
    for (int input = 0; input < inputs; ++input)
      sum += static_cast<int8_t>(sample[input]) * weightOf(output, input);
    if (signature.outputElement == SampleElement::Float32) {
      uint8_t bytes[4];
      llvm::support::endian::write32le(
          bytes, llvm::bit_cast<uint32_t>(static_cast<float>(sum) / 1024.0f));
      result.insert(result.end(), bytes, bytes + 4);
    } else {
      result.push_back(
          static_cast<uint8_t>(std::max(-128, std::min(127, sum / 256))));
    }
  }
  return result;
}

void DeployTest::SetUp() {
  ASSERT_FALSE(
      llvm::sys::fs::createUniqueDirectory("nasc test, deploy", directory));
}

void DeployTest::TearDown() {
  ASSERT_FALSE(llvm::sys::fs::remove_directories(directory));
}

std::string DeployTest::path(const llvm::Twine &name) const {
  llvm::SmallString<128> result(directory);
  llvm::sys::path::append(result, name);
  return result.str().str();
}

void DeployTest::write(const llvm::Twine &name, llvm::StringRef text) const {
  std::error_code code;
  llvm::raw_fd_ostream out(path(name), code);
  ASSERT_FALSE(code) << code.message();
  out << text;
}

std::vector<uint8_t> DeployTest::read(const llvm::Twine &name) const {
  auto buffer = llvm::MemoryBuffer::getFile(path(name));
  EXPECT_TRUE(static_cast<bool>(buffer)) << path(name);
  if (!buffer)
    return {};
  return std::vector<uint8_t>((*buffer)->getBufferStart(),
                              (*buffer)->getBufferEnd());
}

std::pair<int, std::string>
DeployTest::command(llvm::ArrayRef<std::string> words) {
  std::vector<std::string> arguments(words.begin(), words.end());
  auto program = deploy::findProgram(words.front(), "to test", "?");
  EXPECT_TRUE(static_cast<bool>(program))
      << nasc::describe(program.takeError());
  if (!program)
    return {-1, ""};
  arguments.front() = *program;
  auto result = deploy::runSubprocess(arguments, directory);
  EXPECT_TRUE(static_cast<bool>(result)) << nasc::describe(result.takeError());
  if (!result)
    return {-1, ""};
  return {result->exitCode, result->output};
}

void DeployTest::writeNetworkFiles(const TinyNetwork &network,
                                   const Target &target, bool profile) {
  const std::string &name = network.signature.name;
  write(name + ".h", makeNetworkHeader(network.signature));
  for (bool withProfile : {false, true}) {
    if (withProfile && !profile)
      continue;
    const std::string file = name + (withProfile ? "_profile" : "");
    write(file + ".c", network.makeSource(withProfile));
    std::vector<std::string> words = {target.compiler.program};
    words.insert(words.end(), target.compiler.arguments.begin(),
                 target.compiler.arguments.end());
    words.insert(words.end(),
                 {"-std=c99", "-O2", "-ffreestanding", "-fstack-usage", "-c",
                  file + ".c", "-o", file + ".o"});
    auto [code, output] = command(words);
    ASSERT_EQ(code, 0) << output;
  }
}

int64_t DeployTest::readFrame(const TinyNetwork &network) {
  // `file:line:column:function<tab>bytes<tab>static`
  const std::vector<uint8_t> bytes = read(network.signature.name + ".su");
  llvm::SmallVector<llvm::StringRef> fields;
  const std::string line(bytes.begin(), bytes.end());
  llvm::StringRef(line).split(fields, '\t');
  int64_t frame = -1;
  EXPECT_TRUE(fields.size() == 3 && !fields[1].getAsInteger(10, frame)) << line;
  return frame;
}

std::vector<uint8_t> DeployTest::writeSamples(const TinyNetwork &network,
                                              const llvm::Twine &name,
                                              int count) {
  std::mt19937 random(7);
  std::string samples;
  std::vector<uint8_t> expected;
  for (int i = 0; i < count; ++i) {
    std::vector<uint8_t> sample(inputs);
    for (uint8_t &element : sample)
      element = static_cast<uint8_t>(random());
    samples.append(sample.begin(), sample.end());
    const std::vector<uint8_t> scores = network.run(sample);
    expected.insert(expected.end(), scores.begin(), scores.end());
  }
  write(name, samples);
  return expected;
}

} // namespace nasc::test
