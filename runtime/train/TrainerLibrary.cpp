//===- TrainerLibrary.cpp - Loading the training library --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/TrainerLibrary.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <dlfcn.h>
#include <mutex>

using namespace nasc;
using namespace nasc::train;

static constexpr const char *libraryName = "libnascTrain.so";

static llvm::Error loadError(const std::string &message) {
  return codedError(Diag::NAS9007, message);
}

/// The library's path beside the executable: <directory>/../lib.
static std::string pathBesideExecutable() {
  // Any address of this program serves to find a statically linked main.
  std::string executable = llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&pathBesideExecutable));
  llvm::SmallString<256> path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable)));
  llvm::sys::path::append(path, "lib", libraryName);
  return std::string(path);
}

/// GNU OpenMP lets a thread that waits for others spin for milliseconds, which
/// on a machine that also does something else makes a step ten times as long.
/// Ten thousand rounds are as fast on an idle machine and harmless on a busy
/// one. It must be set before the runtime is loaded; users may say otherwise.
static void limitSpinning() {
  if (!getenv("OMP_WAIT_POLICY"))
    setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
}

static llvm::Expected<Trainer &> open(const char *path) {
  limitSpinning();
  // Local: the names of LibTorch and of what it brings along must not meet
  // those of LLVM. The library is never closed; LibTorch does not support it.
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return loadError(std::string("cannot load the training library (is nasc "
                                 "built with NASC_ENABLE_TRAINING?): ") +
                     dlerror());
  auto entryPoint = reinterpret_cast<TrainerEntryPoint>(
      dlsym(library, trainerEntryPointName));
  if (!entryPoint)
    return loadError(std::string("'") + path +
                     "' is not a training library of nasc");
  Trainer *trainer = entryPoint(trainerInterfaceVersion);
  if (!trainer)
    return loadError(std::string("the training library '") + path +
                     "' belongs to another version of nasc");
  return *trainer;
}

llvm::Expected<Trainer &> nasc::train::loadTrainerFrom(llvm::StringRef path) {
  return open(path.str().c_str());
}

llvm::Expected<Trainer &> nasc::train::loadTrainer() {
  static std::mutex mutex;
  static Trainer *loaded = nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  if (!loaded) {
    std::string beside = pathBesideExecutable();
    // A library that lies there but cannot be loaded must be reported, not
    // passed over for another one.
    llvm::Expected<Trainer &> trainer =
        open(llvm::sys::fs::exists(beside) ? beside.c_str() : libraryName);
    if (!trainer)
      return trainer.takeError();
    loaded = &*trainer;
  }
  return *loaded;
}
