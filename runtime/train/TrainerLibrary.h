//===- TrainerLibrary.h - Loading the training library ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LibTorch takes more than half a second to load, which a compiler that only
// checks or costs a spec must not pay. So everything that needs it is in the
// shared library libnascTrain.so, loaded here on first use.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_TRAIN_TRAINERLIBRARY_H
#define NASC_RUNTIME_TRAIN_TRAINERLIBRARY_H

#include "runtime/train/Trainer.h"

#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace nasc::train {

/// Loads the training library, once for the process, and returns its Trainer.
/// It is looked for in `../lib` beside the running executable, then where the
/// system looks for `libnascTrain.so`. Fails when it is in neither place, or
/// is there but cannot be loaded (LibTorch missing); a later call tries again.
/// May be called from several threads.
llvm::Expected<Trainer &> loadTrainer();

/// Loads the library from that path alone; for tests and unusual layouts.
llvm::Expected<Trainer &> loadTrainerFrom(llvm::StringRef path);

/// The failure of a Result, or success.
template <typename T> llvm::Error toError(const Result<T> &result) {
  if (result)
    return llvm::Error::success();
  if (result.code())
    return codedError(*result.code(), result.error());
  return llvm::createStringError(result.error());
}

/// A Result as an llvm::Expected.
template <typename T> llvm::Expected<T> toExpected(Result<T> result) {
  if (!result)
    return toError(result);
  return std::move(*result);
}

} // namespace nasc::train

#endif // NASC_RUNTIME_TRAIN_TRAINERLIBRARY_H
