//===- HeaderTest.cpp - Headers of networks -------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/deploy/DeployTestSupport.h"
#include "llvm/Support/FormatVariadic.h"
#include "gmock/gmock.h"

#include <cmath>

namespace nasc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> strict = {"-Wall", "-Wextra", "-Wconversion",
                                         "-pedantic-errors", "-Werror"};

class Header : public DeployTest {
protected:
  /// Compiles a file of the temporary folder with all warnings as errors.
  void compile(std::vector<std::string> words) {
    words.insert(words.begin() + 1, strict.begin(), strict.end());
    auto [code, output] = command(words);
    ASSERT_EQ(code, 0) << output;
  }
};

TEST_F(Header, SaysAllThatTheSignatureKnows) {
  TinyNetwork network("full");
  NetworkSignature &signature = network.signature;
  signature.inputQuantization = ElementQuantization{0.0078125, -128};
  signature.outputQuantization = ElementQuantization{2, 5};
  signature.codeBytes = 1000;
  signature.constantBytes = 320;
  signature.stackBytes = 72;
  signature.checkCrc32 = 0x00c0ffee;
  const std::string header = makeNetworkHeader(signature);
  for (const char *line :
       {"#define FULL_INPUT_ELEMENTS 64\n", "#define FULL_OUTPUT_ELEMENTS 5\n",
        "#define FULL_ARENA_BYTES 256\n", "#define FULL_ARENA_ALIGNMENT 16\n",
        "#define FULL_INPUT_OFFSET 128\n", "#define FULL_OUTPUT_OFFSET 200\n",
        "#define FULL_CODE_BYTES 1000\n", "#define FULL_CONSTANT_BYTES 320\n",
        "#define FULL_FLASH_BYTES (FULL_CODE_BYTES + FULL_CONSTANT_BYTES)\n",
        "#define FULL_STACK_BYTES 72\n",
        "#define FULL_INPUT_SCALE 0.0078125f\n",
        "#define FULL_INPUT_ZERO_POINT (-128)\n",
        "#define FULL_OUTPUT_SCALE 2.0f\n",
        "#define FULL_OUTPUT_ZERO_POINT 5\n",
        "#define FULL_CHECK_CRC32 0xc0ffeeu\n",
        "void full(const int8_t *sample, int8_t *scores, void *arena);\n",
        "sample may be arena + FULL_INPUT_OFFSET",
        "Nothing of this is checked at run time"})
    EXPECT_THAT(header, HasSubstr(line));
  EXPECT_THAT(header, HasSubstr("8 x 8 x 1"));

  NetworkSignature plain;
  plain.name = "plain";
  plain.inputShape = plain.outputShape = {3};
  const std::string small = makeNetworkHeader(plain);
  for (const char *macro :
       {"OFFSET", "SCALE", "ZERO_POINT", "CODE", "CRC32", "FLASH", "STACK"})
    EXPECT_THAT(small, Not(HasSubstr(macro)));
}

TEST_F(Header, TwoNetworksAreInOneProgram) {
  const Target &host = *findTarget("host");
  TinyNetwork first("first"), second("second");
  first.signature.inputQuantization = ElementQuantization{0.1, -1};
  second.signature.outputElement = SampleElement::Float32;
  second.signature.checkCrc32 =
      computeScoresCrc32(second.run(makeCheckSample(second.signature)));
  writeNetworkFiles(first, host);
  writeNetworkFiles(second, host);
  const std::string program =
      "#include \"first.h\"\n#include \"second.h\"\n#include \"first.h\"\n"
      "#include <stdio.h>\n" +
      getCrc32Source().str() +
      "static unsigned char arena[512] __attribute__((__aligned__(64)));\n"
      "int main(void) {\n"
      "  int8_t sample[FIRST_INPUT_ELEMENTS], scores[FIRST_OUTPUT_ELEMENTS];\n"
      "  float real[SECOND_OUTPUT_ELEMENTS];\n"
      "  first_fill_check_sample(sample);\n"
      "  first(sample, scores, arena);\n"
      "  second(sample, real, arena);\n"
      "  if (scores_crc32(scores, sizeof scores) != FIRST_CHECK_CRC32)\n"
      "    return 1;\n"
      "  if (scores_crc32(real, sizeof real) != SECOND_CHECK_CRC32)\n"
      "    return 2;\n"
      "  return FIRST_INPUT_SCALE > 0.0f && scores[0] - "
      "FIRST_INPUT_ZERO_POINT == scores[0] + 1 ? 0 : 3;\n"
      "}\n";
  write("program.c", program);
  compile({"cc", "-std=c99", "-O2", "program.c", "first.o", "second.o", "-o",
           "program"});
  EXPECT_EQ(command({path("program")}).first, 0);
  // As C++, where the headers give the functions their linkage.
  write("program.cpp", program);
  compile({"c++", "-std=c++11", "-O2", "program.cpp", "first.o", "second.o",
           "-o", "program"});
  EXPECT_EQ(command({path("program")}).first, 0);
}

TEST_F(Header, TheCheckSampleIsTheSameInCAndHere) {
  for (SampleElement element :
       {SampleElement::UInt8, SampleElement::Int8, SampleElement::Float32}) {
    NetworkSignature signature;
    signature.name = "net";
    signature.element = element;
    signature.inputShape = {7, 11, 13};
    signature.outputShape = {1};
    write("net.h", makeNetworkHeader(signature));
    const std::string type = getElementName(element);
    write("program.c", "#include \"net.h\"\n#include <stdio.h>\n"
                       "int main(void) {\n  static " +
                           type +
                           " sample[NET_INPUT_ELEMENTS];\n"
                           "  net_fill_check_sample(sample);\n"
                           "  return fwrite(sample, sizeof sample, 1, stdout) "
                           "== 1 ? 0 : 1;\n}\n");
    compile({"cc", "-std=c99", "program.c", "-o", "program"});
    auto [code, output] = command({path("program")});
    ASSERT_EQ(code, 0);
    const std::vector<uint8_t> sample = makeCheckSample(signature);
    EXPECT_EQ(std::vector<uint8_t>(output.begin(), output.end()), sample)
        << type;
    ASSERT_EQ(sample.size(), 1001 * (element == SampleElement::Float32 ? 4 : 1))
        << type;
  }
}

TEST_F(Header, TheQuantisationOfSamplesIsTheSameInCAndHere) {
  NetworkSignature signature;
  signature.name = "net";
  signature.element = SampleElement::Int8;
  signature.inputShape = {5, 3};
  signature.outputShape = {1};
  // Mean 20 and deviation 4, 0 and 1, -1e3 and 250, with the scale 1/16.
  signature.sampleQuantization = {{4, 16, 0.064f}, {-80 - 5, -5, 64 - 5}};
  const std::vector<float> raw = {20,     0,      -1000, 24,    1,
                                  -750,   19.9f,  0.03f, 1e30f, 20.12f,
                                  -0.09f, -1e30f, 52,    NAN,   1000};
  const std::vector<int> expected = {-5,  -5, -5, 11,   11,  11,   -5, -5,
                                     127, -5, -6, -128, 123, -128, 123};
  std::string elements;
  for (auto [place, number] : llvm::enumerate(raw)) {
    EXPECT_EQ(signature.sampleQuantization.quantize(number, place),
              expected[place])
        << place;
    elements +=
        std::isnan(number) ? "NAN," : llvm::formatv("{0:e8}f,", number).str();
  }
  write("net.h", makeNetworkHeader(signature));
  write(
      "program.c",
      "#include \"net.h\"\n#include <math.h>\n#include <stdio.h>\n"
      "int main(void) {\n  static const float raw[] = {" +
          elements +
          "};\n  int8_t sample[NET_INPUT_ELEMENTS];\n"
          "  net_quantize_sample(raw, sample);\n"
          "  fwrite(sample, sizeof sample, 1, stdout);\n"
          "  for (int i = -128; i < 128; ++i)\n"
          "    for (uint32_t place = 0; place < 3; ++place) {\n"
          "      const float raw = net_dequantize_element((int8_t)i, place);\n"
          "      if (net_quantize_element(raw, place) != i)\n"
          "        return 1;\n    }\n  return 0;\n}\n");
  compile({"cc", "-std=c99", "program.c", "-o", "program"});
  auto [code, output] = command({path("program")});
  ASSERT_EQ(code, 0);
  ASSERT_EQ(output.size(), 15u);
  for (size_t place = 0; place < 15; ++place)
    EXPECT_EQ(static_cast<int8_t>(output[place]), expected[place]) << place;
}

TEST_F(Header, AnUnusedCheckSampleCostsNothing) {
  const TinyNetwork network("tiny");
  write("tiny.h", makeNetworkHeader(network.signature));
  write("user.c", "#include \"tiny.h\"\n");
  compile({"cc", "-std=c99", "-O0", "-c", "user.c", "-o", "user.o",
           "-Wno-pedantic"});
  // A file without a symbol of the network.
  const std::vector<uint8_t> bytes = read("user.o");
  EXPECT_THAT(std::string(bytes.begin(), bytes.end()),
              Not(HasSubstr("fill_check_sample")));
}

TEST(Checksum, IsThatOfZlib) {
  const std::string text = "123456789";
  EXPECT_EQ(computeScoresCrc32(llvm::ArrayRef<uint8_t>(
                reinterpret_cast<const uint8_t *>(text.data()), text.size())),
            0xcbf43926u);
}

TEST(Placeholders, AreReplacedOnce) {
  EXPECT_EQ(
      replacePlaceholders("a@X@b@Y@ c@example @X", {{"X", "@Y@"}, {"Y", "2"}}),
      "a@Y@b2 c@example @X");
}

} // namespace
} // namespace nasc::test
