//===- Parser.cpp - From source text to the syntax tree -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "frontend/syntax/ParserInternal.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace nasc;
using namespace nasc::parser;

//===----------------------------------------------------------------------===//
// One file
//===----------------------------------------------------------------------===//

/// Whether the file is text; reports where not.
static bool checkText(const SourceManager &sources, FileId file,
                      DiagnosticEngine &diagnostics) {
  llvm::StringRef text = sources.text(file);
  size_t null = text.find('\0');
  std::optional<size_t> invalid = findInvalidUtf8(text);
  if (null == llvm::StringRef::npos && !invalid)
    return true;
  // Where is of interest for text in another encoding, not for a binary file,
  // whose "lines" should not reach a terminal either.
  if (null != llvm::StringRef::npos) {
    diagnostics
        .reportAbout(Diag::NAS0003, sources.name(file),
                     "this is a binary file, not a specification")
        .help("a specification is UTF-8 text");
    return false;
  }
  LineColumn place = sources.lineColumn(file, static_cast<uint32_t>(*invalid));
  diagnostics
      .reportAbout(Diag::NAS0003, sources.name(file), "the byte 0x",
                   llvm::utohexstr(static_cast<unsigned char>(text[*invalid])),
                   " in line ", place.line, ", column ", place.column,
                   " is no part of UTF-8 text")
      .help("convert the file: iconv -f latin1 -t utf-8");
  return false;
}

/// Parses and reports in no particular order.
static std::unique_ptr<ast::File> parseText(const SourceManager &sources,
                                            FileId file,
                                            DiagnosticEngine &diagnostics) {
  TokenBuffer tokens(sources, file);
  if (!makeTokens(tokens, diagnostics))
    return nullptr;
  // The end of the file is the only token.
  if (tokens.size() == 1) {
    if (!diagnostics.hasErrors())
      diagnostics.report(Diag::NAS0004, {file, 0, 0}, "the file is empty")
          .help(
              "a specification begins with 'space NAME(image: …) -> … { … }'");
    return nullptr;
  }
  BoundedParser parser(tokens, diagnostics);
  try {
    NasParser::FileContext *context = parseTokens(parser, tokens, diagnostics);
    return buildTree(*context, tokens, diagnostics);
  } catch (const ParsingAborted &) {
    return nullptr;
  }
}

std::unique_ptr<ast::File> nasc::parse(const SourceManager &sources,
                                       FileId file,
                                       DiagnosticEngine &diagnostics) {
  if (sources.text(file).size() > SourceManager::maxFileSize) {
    diagnostics.reportAbout(Diag::NAS0002, sources.name(file),
                            "the file has more than ",
                            SourceManager::maxFileSize >> 20, " MiB");
    return nullptr;
  }
  if (!checkText(sources, file, diagnostics))
    return nullptr;

  // The lexer, the parser and the tree builder go through the file one after
  // the other; what they find is reported in the order of the file.
  CollectingDiagnosticConsumer found;
  DiagnosticEngine local(sources, &found);
  local.setMaxErrors(diagnostics.getMaxErrors());
  std::unique_ptr<ast::File> result = parseText(sources, file, local);
  llvm::stable_sort(found.diagnostics,
                    [](const Diagnostic &a, const Diagnostic &b) {
                      return a.range.begin < b.range.begin;
                    });
  for (Diagnostic &diagnostic : found.diagnostics)
    if (diagnostic.code != Diag::NAS0099)
      diagnostics.emit(std::move(diagnostic));
  // Where parsing was given up, there may be more.
  if (local.errorLimitReached())
    diagnostics.reportAbout(Diag::NAS0099, sources.name(file),
                            "there may be more errors than those shown");
  return result;
}

//===----------------------------------------------------------------------===//
// Imports
//===----------------------------------------------------------------------===//

const ast::File *ParsedProgram::find(FileId file) const {
  for (const std::unique_ptr<ast::File> &each : files)
    if (each->id == file)
      return each.get();
  return nullptr;
}

namespace {

/// Loads files and what they import, depth first, with a stack of its own: a
/// chain of imports may be as long as it likes.
class Importer {
public:
  Importer(ParsedProgram &program, SourceManager &sources,
           llvm::ArrayRef<std::string> libraryDirectories,
           DiagnosticEngine &diagnostics)
      : program(program), sources(sources),
        libraryDirectories(libraryDirectories), diagnostics(diagnostics) {
    for (const std::unique_ptr<ast::File> &file : program.files)
      done.push_back(file->id);
  }

  void run(FileId root);

private:
  /// A file whose imports are being followed.
  struct Active {
    std::unique_ptr<ast::File> file;
    /// The import in the file above that led here.
    SourceRange importedAt;
    size_t nextItem = 0;
  };

  void enter(FileId file, SourceRange importedAt);
  void follow(const ast::Import &import, FileId from);
  void reportCycle(FileId file, SourceRange importedAt);

  ParsedProgram &program;
  SourceManager &sources;
  llvm::ArrayRef<std::string> libraryDirectories;
  DiagnosticEngine &diagnostics;
  std::vector<Active> stack;
  std::vector<FileId> done;
};

} // namespace

/// Reads a file; reports where that fails.
static std::optional<FileId> load(SourceManager &sources, llvm::StringRef path,
                                  SourceRange importedAt,
                                  DiagnosticEngine &diagnostics) {
  llvm::Expected<FileId> file = sources.addFile(path);
  if (file)
    return *file;
  std::string reason;
  Diag code = Diag::NAS0001;
  llvm::handleAllErrors(file.takeError(), [&](const llvm::ErrorInfoBase &info) {
    reason = info.message();
    if (info.convertToErrorCode() == std::errc::file_too_large)
      code = Diag::NAS0002;
  });
  if (importedAt.isValid())
    diagnostics.report(code, importedAt, "cannot read '", path, "': ", reason);
  else
    diagnostics.reportAbout(code, path, "cannot read the file: ", reason);
  return std::nullopt;
}

void Importer::enter(FileId file, SourceRange importedAt) {
  if (llvm::is_contained(done, file))
    return;
  for (const Active &active : stack)
    if (active.file->id == file) {
      reportCycle(file, importedAt);
      return;
    }
  unsigned errorsBefore = diagnostics.errorCount();
  std::unique_ptr<ast::File> parsed = parse(sources, file, diagnostics);
  if (!parsed || diagnostics.errorCount() != errorsBefore)
    program.complete = false;
  if (!parsed) {
    done.push_back(file);
    return;
  }
  stack.push_back({std::move(parsed), importedAt});
}

void Importer::reportCycle(FileId file, SourceRange importedAt) {
  program.complete = false;
  DiagnosticBuilder builder = diagnostics.report(
      Diag::NAS0007, importedAt, "'", sources.name(file), "' imports itself");
  // The chain from the first import of the file down to the last one.
  bool inside = false;
  for (const Active &active : stack) {
    if (inside)
      builder.note(active.importedAt, "'", sources.name(active.file->id),
                   "' is imported here");
    inside |= active.file->id == file;
  }
  builder.help("move what both files need into a third one");
}

/// Suggests a file of the library with the same or a near name, in whatever
/// folder it is.
static void suggestLibraryFile(DiagnosticBuilder &builder,
                               llvm::StringRef wanted,
                               llvm::ArrayRef<std::string> libraries) {
  std::vector<std::string> paths, names;
  for (const std::string &library : libraries) {
    std::error_code error;
    llvm::sys::fs::recursive_directory_iterator file(library, error), end;
    for (; file != end && !error; file.increment(error)) {
      llvm::StringRef path = file->path();
      if (!path.ends_with(".nas"))
        continue;
      names.push_back(llvm::sys::path::filename(path).str());
      path.consume_front(library);
      paths.push_back(path.ltrim("/").str());
    }
  }
  llvm::SmallVector<llvm::StringRef> candidates(names.begin(), names.end());
  std::optional<llvm::StringRef> nearest =
      nearestName(llvm::sys::path::filename(wanted), candidates);
  if (!nearest)
    return;
  size_t index = llvm::find(candidates, *nearest) - candidates.begin();
  builder.help("did you mean '", paths[index], "'?");
}

void Importer::follow(const ast::Import &import, FileId from) {
  llvm::StringRef wanted = import.path->value;
  std::vector<std::string> directories;
  directories.push_back(llvm::sys::path::parent_path(sources.name(from)).str());
  directories.insert(directories.end(), libraryDirectories.begin(),
                     libraryDirectories.end());
  llvm::SmallVector<std::string> tried;
  for (const std::string &directory : directories) {
    llvm::SmallString<256> path(wanted);
    if (!llvm::sys::path::is_absolute(wanted)) {
      path = directory;
      llvm::sys::path::append(path, wanted);
    }
    tried.push_back(path.str().str());
    if (wanted.empty() ||
        (!sources.findFile(path) && !llvm::sys::fs::exists(path)))
      continue;
    SourceRange place = import.path->getRange();
    if (std::optional<FileId> file = load(sources, path, place, diagnostics))
      enter(*file, place);
    else
      program.complete = false;
    return;
  }
  program.complete = false;
  DiagnosticBuilder builder =
      diagnostics.report(Diag::NAS0006, import.path->getRange(),
                         "there is no '", wanted, "' to import");
  tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
  builder.note(SourceRange(), "looked for ", llvm::join(tried, ", "));
  suggestLibraryFile(builder, wanted, libraryDirectories);
}

void Importer::run(FileId root) {
  enter(root, SourceRange());
  while (!stack.empty()) {
    // By index: entering a file moves the elements of the stack.
    size_t top = stack.size() - 1;
    std::vector<std::unique_ptr<ast::Item>> &items = stack[top].file->items;
    if (stack[top].nextItem == items.size()) {
      done.push_back(stack[top].file->id);
      program.files.push_back(std::move(stack[top].file));
      stack.pop_back();
      continue;
    }
    const ast::Item &item = *items[stack[top].nextItem++];
    if (auto *import = llvm::dyn_cast<ast::Import>(&item))
      follow(*import, stack[top].file->id);
  }
}

ParsedProgram nasc::parseProgram(SourceManager &sources, FileId root,
                                 llvm::ArrayRef<std::string> libraryDirectories,
                                 DiagnosticEngine &diagnostics) {
  ParsedProgram program;
  Importer(program, sources, libraryDirectories, diagnostics).run(root);
  return program;
}

ParsedProgram nasc::parseProgram(SourceManager &sources,
                                 llvm::StringRef rootPath,
                                 llvm::ArrayRef<std::string> libraryDirectories,
                                 DiagnosticEngine &diagnostics) {
  if (std::optional<FileId> root =
          load(sources, rootPath, SourceRange(), diagnostics))
    return parseProgram(sources, *root, libraryDirectories, diagnostics);
  ParsedProgram program;
  program.complete = false;
  return program;
}

bool nasc::addLibraryFile(ParsedProgram &program, SourceManager &sources,
                          llvm::StringRef path,
                          llvm::ArrayRef<std::string> libraryDirectories,
                          DiagnosticEngine &diagnostics) {
  for (const std::string &directory : libraryDirectories) {
    llvm::SmallString<256> candidate(directory);
    llvm::sys::path::append(candidate, path);
    if (!sources.findFile(candidate) && !llvm::sys::fs::exists(candidate))
      continue;
    std::optional<FileId> file =
        load(sources, candidate, SourceRange(), diagnostics);
    if (!file) {
      program.complete = false;
      return false;
    }
    size_t before = program.files.size();
    Importer(program, sources, libraryDirectories, diagnostics).run(*file);
    // The new files come first: what is there may use them.
    std::rotate(program.files.begin(), program.files.begin() + before,
                program.files.end());
    return true;
  }
  return false;
}
