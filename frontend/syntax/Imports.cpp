//===- Imports.cpp - Where imported files are found -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Imports.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

std::vector<std::string> nasc::libraryDirectories() {
  if (const char *variable = std::getenv("NASC_LIBRARY"); variable && *variable)
    return {variable};
  std::vector<std::string> directories;
  // The address of any function of this program finds the executable.
  std::string executable = llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&libraryDirectories));
  if (!executable.empty()) {
    llvm::SmallString<256> installed =
        llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable));
    llvm::sys::path::append(installed, "share", "nasc", "library");
    if (llvm::sys::fs::is_directory(installed))
      directories.push_back(installed.str().str());
  }
  directories.push_back(NASC_LIBRARY_DIR);
  return directories;
}

namespace {

/// Whether an expression names a metric on a device.
bool namesDevice(const ast::Expr &expr, llvm::StringRef device) {
  auto recurse = [&](const ast::ExprPtr &inner) {
    return inner && namesDevice(*inner, device);
  };
  if (const auto *metric = dyn_cast<ast::MetricOnDevice>(&expr))
    return metric->device.text == device;
  if (const auto *unary = dyn_cast<ast::Unary>(&expr))
    return recurse(unary->operand);
  if (const auto *binary = dyn_cast<ast::Binary>(&expr))
    return recurse(binary->left) || recurse(binary->right);
  if (const auto *call = dyn_cast<ast::Call>(&expr))
    return llvm::any_of(call->arguments, [&](const ast::Argument &argument) {
      return recurse(argument.value);
    });
  if (const auto *conditional = dyn_cast<ast::Conditional>(&expr))
    return recurse(conditional->otherwise) ||
           llvm::any_of(conditional->arms, [&](const ast::ConditionalArm &arm) {
             return recurse(arm.condition) || recurse(arm.value);
           });
  if (const auto *forAll = dyn_cast<ast::ForAll>(&expr))
    return recurse(forAll->condition);
  if (const auto *aggregate = dyn_cast<ast::Aggregate>(&expr))
    return recurse(aggregate->body);
  return false;
}

bool namesDevice(const ast::Limit &limit, llvm::StringRef device) {
  if (const auto *expression = dyn_cast<ast::ExpressionLimit>(&limit))
    return namesDevice(*expression->condition, device);
  const auto &conditional = cast<ast::ConditionalLimit>(limit);
  auto anyOf = [&](const std::vector<ast::LimitPtr> &limits) {
    return llvm::any_of(limits, [&](const ast::LimitPtr &inner) {
      return namesDevice(*inner, device);
    });
  };
  return anyOf(conditional.otherwise) ||
         llvm::any_of(conditional.arms, [&](const ast::LimitArm &arm) {
           return namesDevice(*arm.condition, device) || anyOf(arm.limits);
         });
}

bool namesDevice(const ast::Item &item, llvm::StringRef device) {
  if (const auto *deploy = dyn_cast<ast::Deploy>(&item))
    return llvm::any_of(deploy->entries, [&](const auto &entry) {
      const auto *section = dyn_cast<ast::Section>(entry.get());
      return section && section->name.text == device;
    });
  if (const auto *search = dyn_cast<ast::Search>(&item))
    return llvm::any_of(search->entries, [&](const auto &entry) {
      const auto *objective = dyn_cast<ast::Objective>(entry.get());
      return objective && namesDevice(*objective->metric, device);
    });
  if (const auto *limits = dyn_cast<ast::Limits>(&item))
    return llvm::any_of(limits->limits, [&](const ast::LimitPtr &limit) {
      return namesDevice(*limit, device);
    });
  return false;
}

} // namespace

std::optional<std::string> nasc::findInLibrary(ast::NodeKind kind,
                                               llvm::StringRef name) {
  assert((kind == ast::NodeKind::Device || kind == ast::NodeKind::Block) &&
         "the library has devices and blocks");
  for (const std::string &library : libraryDirectories()) {
    llvm::SmallString<256> folder(library);
    llvm::sys::path::append(folder, kind == ast::NodeKind::Device ? "devices"
                                                                  : "blocks");
    std::error_code code;
    for (llvm::sys::fs::directory_iterator entry(folder, code), end;
         entry != end && !code; entry.increment(code)) {
      if (llvm::sys::path::extension(entry->path()) != ".nas")
        continue;
      SourceManager sources;
      DiagnosticEngine silent(sources);
      llvm::Expected<FileId> id = sources.addFile(entry->path());
      if (!id) {
        llvm::consumeError(id.takeError());
        continue;
      }
      std::unique_ptr<ast::File> file = parse(sources, *id, silent);
      if (!file)
        continue;
      for (const ast::ItemPtr &item : file->items) {
        const auto *device = dyn_cast<ast::Device>(item.get());
        const auto *block = dyn_cast<ast::Block>(item.get());
        if (item->getKind() == kind &&
            (device ? device->name : block->name).text == name)
          return (llvm::sys::path::filename(folder) + "/" +
                  llvm::sys::path::filename(entry->path()))
              .str();
      }
    }
  }
  return std::nullopt;
}

void nasc::addImplicitImports(ParsedProgram &program, SourceManager &sources,
                              DiagnosticEngine &diagnostics) {
  constexpr llvm::StringLiteral host = "host";
  bool named = false;
  for (const std::unique_ptr<ast::File> &file : program.files)
    for (const ast::ItemPtr &item : file->items) {
      const auto *device = dyn_cast<ast::Device>(item.get());
      if (device && device->name.text == host)
        return;
      named |= namesDevice(*item, host);
    }
  if (named)
    addLibraryFile(program, sources, "devices/host.nas", libraryDirectories(),
                   diagnostics);
}
