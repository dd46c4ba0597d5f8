//===- NetworkArtifact.h - The files of a deployed network ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes what a user links: object file, C header, and a small program that
// runs the network on a file of samples.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_NETWORKARTIFACT_H
#define NASC_PASSES_LOWERING_NETWORKARTIFACT_H

#include "passes/lowering/CompiledNetwork.h"

namespace nasc {

/// The paths of what has been written.
struct NetworkArtifact {
  std::string object, header, testSource;
  /// The linked test program.
  std::string testProgram;
};

/// Creates a folder and those around it, with the permissions that the user's
/// mask leaves.
std::error_code createFolders(const llvm::Twine &path);

/// The C type of an element: `uint8_t`, `int8_t` or `float`.
const char *getElementName(SampleElement element);

/// What the parameters of a network's function point to in C: the sample, the
/// scores and the arena. The header and the C file have them from here.
std::array<std::string, 3> getParameterTypes(SampleElement sample,
                                             SampleElement scores);

/// The text of the header NAME.h: the prototype with its preconditions, and
/// what a caller must know as macros, whose prefix is NAME in capitals:
///   INPUT_ELEMENTS, OUTPUT_ELEMENTS, ARENA_BYTES, ARENA_ALIGNMENT   always;
///   INPUT_OFFSET, OUTPUT_OFFSET, CODE_BYTES, CONSTANT_BYTES,
///   FLASH_BYTES (their sum), STACK_BYTES, INPUT_SCALE, INPUT_ZERO_POINT,
///   OUTPUT_SCALE, OUTPUT_ZERO_POINT, CHECK_CRC32, INPUT_CHANNELS,
///   INPUT_FACTORS, INPUT_OFFSETS   if the signature has them;
/// and the function NAME_fill_check_sample. Where a sample is quantised, the
/// functions NAME_quantize_element, NAME_quantize_sample and
/// NAME_dequantize_element make it of raw elements and the other way round. It
/// is C99 and C++11. Headers of several networks can be in one program if their
/// names differ in more than in case.
std::string makeNetworkHeader(const NetworkSignature &signature);

/// The bytes of the check sample, as NAME_fill_check_sample of the header
/// makes them: a state of 32 bits starts at 1; for each element it becomes
/// 1664525 * state + 1013904223 (modulo 2^32), and b, its top eight bits, is
/// the element: b as uint8, b - 256 if b is over 127 as int8, and
/// (b - 128) / 64 as float32, little-endian.
std::vector<uint8_t> makeCheckSample(const NetworkSignature &signature);

/// The CRC-32 of the bytes of scores, for NetworkSignature::checkCrc32. Scores
/// of float32 are little-endian; they may differ in their last bits between
/// processors, so that a CRC of them holds for one target alone.
uint32_t computeScoresCrc32(llvm::ArrayRef<uint8_t> scores);

/// Lines of C99 for generated programs: the static function
/// `uint32_t scores_crc32(const void *data, uint32_t bytes)`, without tables.
llvm::StringRef getCrc32Source();

/// `text` with every `@KEY@` replaced whose KEY is the first of a pair by the
/// second. Other at signs stay.
std::string replacePlaceholders(
    llvm::StringRef text,
    llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> replacements);

/// The text of the test program NAME_test.c.
///
/// Called as `NAME_test SAMPLES SCORES` it reads raw samples one after the
/// other from the file SAMPLES (`-` is standard input) and writes the scores of
/// each, as int8 or as float32 in the machine's byte order, to the file SCORES.
/// Its exit code is not zero, and a message says why, if a file cannot be read
/// or written or the samples are not whole.
///
/// Called as `NAME_test --check` it runs the check sample and prints lines that
/// start with `scores`, `stack` (bytes that a call writes to; on x86-64,
/// AArch64 and RISC-V), `crc32`, `expected` and `check`, which says `passed`,
/// `failed`, or `none` if the header has no CRC. A sample that is quantised
/// goes by way of its raw elements. The exit code is not zero if it failed.
std::string makeTestProgram(const NetworkSignature &signature);

/// Writes NAME.o and NAME.h into `directory`, where NAME is the signature's.
/// Files are written beside their place and renamed, so that none is ever
/// incomplete.
llvm::Expected<NetworkArtifact> writeNetwork(const NetworkObject &network,
                                             llvm::StringRef directory);

/// Writes NAME_test.c into `directory`, and its path into `artifact`.
llvm::Error writeTestSource(const NetworkSignature &signature,
                            NetworkArtifact &artifact,
                            llvm::StringRef directory);

/// Writes NAME_test.c into `directory` and links it with NAME.o to NAME_test
/// by the C compiler of the machine: `compiler`, or if that is empty the
/// program named by the environment variable CC, or `cc`. Only meaningful for
/// the machine's own target. Errors: no C compiler, with the advice to install
/// one; a compiler that fails, with its output.
llvm::Error linkTestProgram(const NetworkSignature &signature,
                            NetworkArtifact &artifact,
                            llvm::StringRef directory,
                            llvm::StringRef compiler = "");

/// Runs a linked test program on a file of samples. The error has the
/// program's own message.
llvm::Error runTestProgram(const NetworkArtifact &artifact,
                           llvm::StringRef samples, llvm::StringRef scores);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_NETWORKARTIFACT_H
