//===- EvaluationKey.h - What decides an evaluation -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The result of a training is decided by the network, the data, the settings of
// the training and the seed, and by nothing else. All of it is in the key under
// which a study keeps the result, so that a study may grow (more evaluations,
// other limits, more targets) and takes over what still applies.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_SEARCH_EVALUATIONKEY_H
#define NASC_RUNTIME_SEARCH_EVALUATIONKEY_H

#include "runtime/network/NetworkDescription.h"
#include "runtime/search/Stage.h"

#include "dialects/search/Search.h"

namespace nasc::search {

/// The samples and what a network sees of them, as text: two sources with the
/// same text train alike.
std::string textOf(const TrainingSource &source);

/// 32 hexadecimal digits, equal for networks that train alike.
std::string fingerprintOf(const NetworkDescription &network);

/// The key of one training. `settings` are those of the
/// stage's operation, `architecture` its canonical text. More threads than one
/// add up floating-point numbers in another order, so that they belong to the
/// key.
study::EvaluationKey evaluationKey(llvm::StringRef stage, TrainingAttr settings,
                                   llvm::StringRef architecture,
                                   const NetworkDescription &network,
                                   const TrainingSource &source, uint64_t seed,
                                   unsigned threads);

} // namespace nasc::search

#endif // NASC_RUNTIME_SEARCH_EVALUATIONKEY_H
