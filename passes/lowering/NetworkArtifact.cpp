//===- NetworkArtifact.cpp - The files of a deployed network --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/NetworkArtifact.h"
#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace nasc {

std::error_code createFolders(const llvm::Twine &path) {
  std::error_code code;
  std::filesystem::create_directories(path.str(), code);
  return code;
}

const char *getElementName(SampleElement element) {
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

std::array<std::string, 3> getParameterTypes(SampleElement sample,
                                             SampleElement scores) {
  return {std::string("const ") + getElementName(sample),
          getElementName(scores), "void"};
}

static std::string shapeText(const std::vector<int64_t> &shape) {
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }),
      " x ");
}

static std::string upperName(const NetworkSignature &signature) {
  return llvm::StringRef(signature.name).upper();
}

//===----------------------------------------------------------------------===//
// The check sample
//===----------------------------------------------------------------------===//

std::vector<uint8_t> makeCheckSample(const NetworkSignature &signature) {
  std::vector<uint8_t> bytes;
  bytes.reserve(signature.inputBytes());
  uint32_t state = 1;
  for (int64_t i = 0, e = signature.inputElements(); i < e; ++i) {
    state = state * 1664525u + 1013904223u;
    const uint32_t top = state >> 24;
    if (signature.element != SampleElement::Float32) {
      // Both integers have the same eight bits.
      bytes.push_back(static_cast<uint8_t>(top));
      continue;
    }
    const float value = (static_cast<int>(top) - 128) / 64.0f;
    uint8_t word[4];
    llvm::support::endian::write32le(word, llvm::bit_cast<uint32_t>(value));
    bytes.insert(bytes.end(), word, word + 4);
  }
  return bytes;
}

uint32_t computeScoresCrc32(llvm::ArrayRef<uint8_t> scores) {
  return llvm::crc32(scores);
}

llvm::StringRef getCrc32Source() {
  return R"(/* The CRC-32 of bytes, as zlib computes it. */
static uint32_t scores_crc32(const void *data, uint32_t bytes) {
  const unsigned char *byte = (const unsigned char *)data;
  uint32_t crc = 0xffffffffu;
  uint32_t i, bit;
  for (i = 0; i < bytes; ++i) {
    crc ^= byte[i];
    for (bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
  }
  return crc ^ 0xffffffffu;
}
)";
}

//===----------------------------------------------------------------------===//
// The header
//===----------------------------------------------------------------------===//

namespace {
/// Writes macros with comments for documentation.
class HeaderWriter {
public:
  HeaderWriter(llvm::raw_ostream &out, const NetworkSignature &signature)
      : out(out), signature(signature), upper(upperName(signature)) {}

  void write();

private:
  void macro(llvm::StringRef name, const llvm::Twine &value,
             const llvm::Twine &comment) {
    out << "/** " << comment << " */\n#define " << upper << '_' << name << ' '
        << value << '\n';
  }
  void macro(llvm::StringRef name, std::optional<int64_t> value,
             const llvm::Twine &comment) {
    if (value)
      macro(name, llvm::Twine(*value), comment);
  }
  void quantization(llvm::StringRef prefix, llvm::StringRef what,
                    const std::optional<ElementQuantization> &quantization);
  void numbers(llvm::StringRef name, llvm::ArrayRef<float> values);
  void writeMacros();
  void writeFunction();
  void writeSampleQuantization();
  void writeCheckSample();

  llvm::raw_ostream &out;
  const NetworkSignature &signature;
  std::string upper;
};
} // namespace

/// A constant of type float with all digits that tell it from others.
static std::string floatLiteral(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  // "2f" is no constant.
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + "f";
}

void HeaderWriter::quantization(
    llvm::StringRef prefix, llvm::StringRef what,
    const std::optional<ElementQuantization> &quantization) {
  if (!quantization)
    return;
  assert(quantization->scale > 0 && std::isfinite(quantization->scale));
  const std::string scale = (prefix + "_SCALE").str();
  const std::string zeroPoint = (prefix + "_ZERO_POINT").str();
  macro(scale, floatLiteral(quantization->scale),
        "The real number that " + what + " stands for is\n    " + upper + "_" +
            scale + " * (element - " + upper + "_" + zeroPoint + ").");
  out << "#define " << upper << '_' << zeroPoint << ' ';
  // In parentheses, so that `x - ZERO_POINT` is what it looks like.
  if (quantization->zeroPoint < 0)
    out << '(' << quantization->zeroPoint << ")\n";
  else
    out << quantization->zeroPoint << '\n';
}

/// The initialiser of an array.
void HeaderWriter::numbers(llvm::StringRef name, llvm::ArrayRef<float> values) {
  out << "#define " << upper << '_' << name << " \\\n  { \\\n";
  for (size_t i = 0; i < values.size(); i += 4) {
    out << "   ";
    for (float value : values.slice(i, std::min<size_t>(4, values.size() - i)))
      out << ' ' << floatLiteral(value) << ',';
    out << " \\\n";
  }
  out << "  }\n";
}

void HeaderWriter::writeMacros() {
  macro("INPUT_ELEMENTS", llvm::Twine(signature.inputElements()),
        "Elements of a sample: " + shapeText(signature.inputShape) +
            ", channels last.");
  quantization("INPUT", "an element of a sample", signature.inputQuantization);
  if (const SampleQuantization &sample = signature.sampleQuantization;
      !sample.empty()) {
    macro("INPUT_CHANNELS", llvm::Twine(sample.factors.size()),
          "Channels that are normalised apart. A raw element r of channel c,\n"
          "    which is its place modulo this, becomes the element\n"
          "    FACTORS[c] * r + OFFSETS[c], rounded.");
    numbers("INPUT_FACTORS", sample.factors);
    numbers("INPUT_OFFSETS", sample.offsets);
  }
  macro("OUTPUT_ELEMENTS", llvm::Twine(signature.outputElements()),
        "Elements of a result: " + shapeText(signature.outputShape) + ".");
  quantization("OUTPUT", "a score", signature.outputQuantization);
  macro("ARENA_BYTES", llvm::Twine(signature.arenaBytes),
        "Bytes of working memory that a call needs.");
  macro("ARENA_ALIGNMENT", llvm::Twine(signature.arenaAlignment),
        "What the address of the working memory must be a multiple of.");
  macro("INPUT_OFFSET", signature.inputOffset,
        "Where in the working memory the sample may lie, in bytes. A call may\n"
        "    overwrite it there.");
  macro("OUTPUT_OFFSET", signature.outputOffset,
        "Where in the working memory the scores may lie, in bytes.");
  macro("CODE_BYTES", signature.codeBytes, "Bytes of code, in flash.");
  macro("CONSTANT_BYTES", signature.constantBytes,
        "Bytes of constants (weights and tables), in flash.");
  if (signature.codeBytes && signature.constantBytes)
    macro("FLASH_BYTES",
          "(" + upper + "_CODE_BYTES + " + upper + "_CONSTANT_BYTES)",
          "Bytes of both.");
  macro("STACK_BYTES", signature.stackBytes,
        "Bytes of stack that a call needs.");
  if (signature.checkCrc32)
    macro("CHECK_CRC32",
          "0x" + llvm::utohexstr(*signature.checkCrc32, true) + "u",
          "The CRC-32 (IEEE 802.3, as zlib computes it) of the bytes of the\n"
          "    scores for the check sample." +
              llvm::Twine(signature.outputElement == SampleElement::Float32
                              ? " Code for another processor may\n"
                                "    round differently."
                              : ""));
  out << '\n';
}

void HeaderWriter::writeFunction() {
  const bool inArena = signature.inputOffset || signature.outputOffset;
  const auto [sample, scores, arena] =
      getParameterTypes(signature.element, signature.outputElement);
  out << "/**\n * Runs the network on one sample.\n *\n"
      << " * @param sample  " << upper << "_INPUT_ELEMENTS "
      << (signature.sampleQuantization.empty() ? "raw elements" : "elements");
  if (!signature.sampleQuantization.empty())
    out << ", normalised and\n *                quantised by " << signature.name
        << "_quantize_sample.\n";
  else if (signature.inputQuantization)
    out << ", quantised\n *                as " << upper
        << "_INPUT_SCALE says.\n";
  else if (signature.element == SampleElement::UInt8)
    out << " (0 to 255); they are\n *                normalised inside.\n";
  else
    out << "; they are\n *                normalised inside.\n";
  out << " * @param scores  room for " << upper << "_OUTPUT_ELEMENTS results.\n"
      << " * @param arena   " << upper
      << "_ARENA_BYTES of memory, aligned to\n *                " << upper
      << "_ARENA_ALIGNMENT; its contents do not matter before and\n"
      << " *                are undefined after the call"
      << (inArena ? ", but for what is said below" : "") << ".\n *\n"
      << " * Nothing of this is checked at run time: a null pointer, a wrong\n"
      << " * alignment or too little memory is undefined behaviour. The samples"
      << "\n * and the scores are aligned as their types. The three must not "
         "overlap";
  if (inArena) {
    out << ",\n * with these exceptions:\n";
    if (signature.inputOffset)
      out << " *   sample may be arena + " << upper
          << "_INPUT_OFFSET; the call may then overwrite it;\n";
    if (signature.outputOffset)
      out << " *   scores may be arena + " << upper
          << "_OUTPUT_OFFSET; they stay there until arena is\n"
             " *   used again.\n";
    out << " * Elsewhere they must not overlap arena.";
  } else {
    out << '.';
  }
  out << "\n *\n"
      << " * The function uses no heap and no state: calls with different "
         "arenas may\n"
      << " * run at the same time.\n"
      << " */\n"
      << "void " << signature.name << "(" << sample << " *sample, " << scores
      << " *scores, " << arena << " *arena);\n\n";
}

void HeaderWriter::writeSampleQuantization() {
  if (signature.sampleQuantization.empty())
    return;
  const std::string &name = signature.name;
  const std::string constants =
      "  static const float factors[] = " + upper +
      "_INPUT_FACTORS;\n  static const float offsets[] = " + upper +
      "_INPUT_OFFSETS;\n  const uint32_t channel = place % " + upper +
      "_INPUT_CHANNELS;\n";
  out << "/** Normalises and quantises the raw element at a place of a sample. "
         "What\n    stands too high or too low becomes 127 or -128. */\n"
      << "static inline int8_t " << name
      << "_quantize_element(float raw, uint32_t place) {\n"
      << constants
      << "  const float value = factors[channel] * raw + offsets[channel];\n"
      << "  if (value >= 127.0f)\n    return 127;\n"
      << "  if (!(value > -128.0f))\n    return -128;\n"
      << "  return (int8_t)((int32_t)(value + 128.5f) - 128);\n}\n\n"
      << "/** The raw element that an element of a sample stands for. */\n"
      << "static inline float " << name
      << "_dequantize_element(int8_t element, uint32_t place) {\n"
      << constants
      << "  return ((float)element - offsets[channel]) / factors[channel];\n"
         "}\n\n"
      << "/** Makes a sample of " << upper
      << "_INPUT_ELEMENTS raw elements, as the data have\n    them. */\n"
      << "static inline void " << name
      << "_quantize_sample(const float *raw, int8_t *sample) {\n"
      << "  uint32_t i;\n  for (i = 0; i < " << upper
      << "_INPUT_ELEMENTS; ++i)\n    sample[i] = " << name
      << "_quantize_element(raw[i], i);\n}\n\n";
}

void HeaderWriter::writeCheckSample() {
  out << "/**\n"
      << " * Makes the check sample: a state of 32 bits starts at 1; for each "
         "element it\n"
      << " * becomes 1664525 * state + 1013904223, and its top eight bits make "
         "the\n"
      << " * element. A program that does not call this does not contain it.\n"
      << " */\n"
      << "static inline void " << signature.name << "_fill_check_sample("
      << getElementName(signature.element) << " *sample) {\n"
      << "  uint32_t state = 1;\n"
      << "  uint32_t i;\n"
      << "  for (i = 0; i < " << upper << "_INPUT_ELEMENTS; ++i) {\n"
      << "    state = state * 1664525u + 1013904223u;\n";
  switch (signature.element) {
  case SampleElement::UInt8:
    out << "    sample[i] = (uint8_t)(state >> 24);\n";
    break;
  case SampleElement::Int8:
    // A conversion of what int8_t cannot hold is implementation-defined.
    out << "    {\n      const int32_t top = (int32_t)(state >> 24);\n"
        << "      sample[i] = (int8_t)(top > 127 ? top - 256 : top);\n    }\n";
    break;
  case SampleElement::Float32:
    out << "    sample[i] = (float)((int32_t)(state >> 24) - 128) / 64.0f;\n";
    break;
  }
  out << "  }\n}\n\n";
}

void HeaderWriter::write() {
  assert(signature.outputElement != SampleElement::UInt8 &&
         "scores are int8 or float32");
  out << "/* " << signature.name
      << ".h - A neural network. Written by nasc. */\n"
      << "#ifndef NASC_NETWORK_" << upper << "_H\n"
      << "#define NASC_NETWORK_" << upper << "_H\n\n"
      << "#include <stdint.h>\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  writeMacros();
  writeFunction();
  writeSampleQuantization();
  writeCheckSample();
  out << "#ifdef __cplusplus\n}\n#endif\n\n"
      << "#endif /* NASC_NETWORK_" << upper << "_H */\n";
}

std::string makeNetworkHeader(const NetworkSignature &signature) {
  std::string text;
  llvm::raw_string_ostream out(text);
  HeaderWriter(out, signature).write();
  return text;
}

//===----------------------------------------------------------------------===//
// The test program
//===----------------------------------------------------------------------===//

/// `@NAME@`, `@UPPER@`, `@ELEMENT@`, `@OUTPUT@`, `@PRINT@` and `@CRC32@` are
/// replaced.
static const char testProgramText[] =
    R"(/* @NAME@_test.c - Runs the network. Written by nasc.
 *
 *   @NAME@_test SAMPLES SCORES
 *
 * SAMPLES ("-" for standard input) holds raw samples, one after the other;
 * SCORES gets the results of each as @OUTPUT@, in the machine's byte order.
 *
 *   @NAME@_test --check
 *
 * runs the sample of @NAME@_fill_check_sample and compares the checksum of the
 * scores with @UPPER@_CHECK_CRC32.
 */
#include "@NAME@.h"
#include <stdio.h>
#include <string.h>

static unsigned char test_arena[@UPPER@_ARENA_BYTES + 1]
    __attribute__((__aligned__(@UPPER@_ARENA_ALIGNMENT)));
static @ELEMENT@ test_sample[@UPPER@_INPUT_ELEMENTS];
static @OUTPUT@ test_scores[@UPPER@_OUTPUT_ELEMENTS];

@CRC32@
#if defined(__GNUC__) &&                                                       \
    (defined(__x86_64__) || defined(__aarch64__) || defined(__riscv))
#define HAS_STACK_POINTER 1
/* How far below the stack pointer the stack is painted. */
#define PAINTED_BYTES (256 * 1024)

static inline uintptr_t stack_pointer(void) {
  uintptr_t pointer;
#if defined(__x86_64__)
  __asm__ volatile("mov %%rsp, %0" : "=r"(pointer));
#elif defined(__aarch64__)
  __asm__ volatile("mov %0, sp" : "=r"(pointer));
#else
  __asm__ volatile("mv %0, sp" : "=r"(pointer));
#endif
  return pointer;
}

/* What an unused word of the stack holds; no two have the same. */
static inline uintptr_t paint_of(uintptr_t address) {
  return address * 31u ^ (uintptr_t)0x5a17c3e9u;
}

/* Calls nothing, so that what it paints holds no frame of its own. */
static __attribute__((noinline)) void paint_stack(uintptr_t bottom) {
  uintptr_t address = stack_pointer() & ~(sizeof(uintptr_t) - 1);
  while (address > bottom) {
    address -= sizeof(uintptr_t);
    *(volatile uintptr_t *)address = paint_of(address);
  }
}

/* The bytes of stack that a call writes to, counted from the caller's frame. */
static __attribute__((noinline)) size_t measure_stack(void) {
  const uintptr_t top = stack_pointer() & ~(sizeof(uintptr_t) - 1);
  const uintptr_t bottom = top - PAINTED_BYTES;
  uintptr_t address = bottom;
  paint_stack(bottom);
  @NAME@(test_sample, test_scores, test_arena);
  while (address < top &&
         *(volatile uintptr_t *)address == paint_of(address))
    address += sizeof(uintptr_t);
  return top - address;
}
#endif

/* Runs the check sample; the exit code says whether the checksum is right. */
static int run_check(void) {
  uint32_t crc;
  size_t i;
  int passed = 1;
  memset(test_arena, 0xa5, sizeof test_arena);
  @NAME@_fill_check_sample(test_sample);
#ifdef @UPPER@_INPUT_FACTORS
  /* Firmware takes the integers as they are: it may have no float. */
  for (i = 0; i < @UPPER@_INPUT_ELEMENTS; ++i) {
    const float raw = @NAME@_dequantize_element(test_sample[i], (uint32_t)i);
    const int element = @NAME@_quantize_element(raw, (uint32_t)i);
    if (element - test_sample[i] > 1 || test_sample[i] - element > 1) {
      printf("element %lu is quantised to %d, not %d\n", (unsigned long)i,
             element, test_sample[i]);
      passed = 0;
    }
  }
#endif
  @NAME@(test_sample, test_scores, test_arena);
  crc = scores_crc32(test_scores, sizeof test_scores);
  printf("scores");
  for (i = 0; i < @UPPER@_OUTPUT_ELEMENTS; ++i)
    printf(@PRINT@, test_scores[i]);
  printf("\n");
#ifdef HAS_STACK_POINTER
  /* Not the first call: a dynamic linker needs stack too. */
  @NAME@_fill_check_sample(test_sample);
  printf("stack %lu bytes\n", (unsigned long)measure_stack());
  if (scores_crc32(test_scores, sizeof test_scores) != crc) {
    printf("two calls give different scores\n");
    passed = 0;
  }
#endif
  printf("crc32 0x%08lx\n", (unsigned long)crc);
#ifdef @UPPER@_CHECK_CRC32
  printf("expected 0x%08lx\n", (unsigned long)@UPPER@_CHECK_CRC32);
  passed = passed && crc == @UPPER@_CHECK_CRC32;
  printf("check %s\n", passed ? "passed" : "failed");
#else
  printf("check %s\n", passed ? "none" : "failed");
#endif
  return passed ? 0 : 1;
}

int main(int argc, char **argv) {
  FILE *input, *output;
  size_t bytes;
  if (argc == 2 && strcmp(argv[1], "--check") == 0)
    return run_check();
  if (argc != 3) {
    fprintf(stderr, "usage: %s SAMPLES SCORES\n       %s --check\n", argv[0],
            argv[0]);
    return 2;
  }
  input = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "rb");
  if (!input) {
    perror(argv[1]);
    return 1;
  }
  output = fopen(argv[2], "wb");
  if (!output) {
    perror(argv[2]);
    return 1;
  }
  while ((bytes = fread(test_sample, 1, sizeof test_sample, input)) ==
         sizeof test_sample) {
    @NAME@(test_sample, test_scores, test_arena);
    if (fwrite(test_scores, sizeof test_scores, 1, output) != 1) {
      perror(argv[2]);
      return 1;
    }
  }
  if (ferror(input)) {
    perror(argv[1]);
    return 1;
  }
  if (bytes != 0) {
    fprintf(stderr, "%s: the last sample is cut off\n", argv[1]);
    return 1;
  }
  if (fclose(output) != 0) {
    perror(argv[2]);
    return 1;
  }
  return 0;
}
)";

std::string replacePlaceholders(
    llvm::StringRef text,
    llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> replacements) {
  std::string result;
  while (!text.empty()) {
    const size_t at = text.find('@');
    result += text.take_front(at);
    text = text.drop_front(std::min(at, text.size()));
    if (text.empty())
      break;
    const auto *found = llvm::find_if(replacements, [&](const auto &entry) {
      return text.drop_front().starts_with(entry.first) &&
             text.drop_front(1 + entry.first.size()).starts_with("@");
    });
    if (found == replacements.end()) {
      result += '@';
      text = text.drop_front();
      continue;
    }
    result += found->second;
    text = text.drop_front(found->first.size() + 2);
  }
  return result;
}

std::string makeTestProgram(const NetworkSignature &signature) {
  const bool isFloat = signature.outputElement == SampleElement::Float32;
  return replacePlaceholders(
      testProgramText, {{"NAME", signature.name},
                        {"UPPER", upperName(signature)},
                        {"ELEMENT", getElementName(signature.element)},
                        {"OUTPUT", getElementName(signature.outputElement)},
                        {"PRINT", isFloat ? "\" %.9g\"" : "\" %d\""},
                        {"CRC32", getCrc32Source()}});
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::Error writeFile(const std::string &path, llvm::StringRef text) {
  llvm::Error error = llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out << text;
    out.flush();
    return llvm::Error::success();
  });
  if (error)
    return codedError(Diag::NAS6010, "cannot write '" + path + "': " +
                                         llvm::toString(std::move(error)));
  return llvm::Error::success();
}

static std::string join(llvm::StringRef directory, const llvm::Twine &name) {
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

llvm::Expected<NetworkArtifact> writeNetwork(const NetworkObject &network,
                                             llvm::StringRef directory) {
  if (std::error_code code = createFolders(directory))
    return codedError(Diag::NAS6010,
                      "cannot create '" + directory + "': " + code.message());
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
    return codedError(Diag::NAS6010,
                      "cannot create a temporary file: " + code.message());
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
  return codedError(
      Diag::NAS6011,
      "'" + program + "' failed " + purpose + " (" +
          (message.empty() ? "exit code " + std::to_string(status) : message) +
          ")" + (printed.empty() ? "" : ":\n" + printed));
}

llvm::Error writeTestSource(const NetworkSignature &signature,
                            NetworkArtifact &artifact,
                            llvm::StringRef directory) {
  artifact.testSource = join(directory, signature.name + "_test.c");
  return writeFile(artifact.testSource, makeTestProgram(signature));
}

llvm::Error linkTestProgram(const NetworkSignature &signature,
                            NetworkArtifact &artifact,
                            llvm::StringRef directory,
                            llvm::StringRef compiler) {
  if (llvm::Error error = writeTestSource(signature, artifact, directory))
    return error;
  artifact.testProgram = join(directory, signature.name + "_test");
  std::string wanted = compiler.str();
  if (wanted.empty())
    if (const char *variable = std::getenv("CC"); variable && *variable)
      wanted = variable;
  if (wanted.empty())
    wanted = "cc";
  auto found = llvm::sys::findProgramByName(wanted);
  if (!found)
    return codedError(
        Diag::NAS6011,
        "no C compiler '" + wanted + "' to link '" + artifact.testProgram +
            "'; install one (on Debian: apt-get install gcc) or name "
            "one in the environment variable CC");
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
