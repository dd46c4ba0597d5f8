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

/// The text of the header NAME.h.
std::string makeNetworkHeader(const NetworkSignature &signature);

/// The text of the test program NAME_test.c. It is called as
/// `NAME_test SAMPLES SCORES`, reads raw samples one after the other from the
/// file SAMPLES (`-` is standard input) and writes the scores of each as
/// float32 in the machine's byte order to the file SCORES. Its exit code is not
/// zero, and a message says why, if a file cannot be read or written or the
/// samples are not whole.
std::string makeTestProgram(const NetworkSignature &signature);

/// Writes NAME.o and NAME.h into `directory`, where NAME is the signature's.
/// Files are written beside their place and renamed, so that none is ever
/// incomplete.
llvm::Expected<NetworkArtifact> writeNetwork(const NetworkObject &network,
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
