//===- RunStudy.cpp - The study and the folder of a run -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nasc/RunStudy.h"

#include "dialects/nas/Nas.h"
#include "frontend/Frontend.h"
#include "frontend/syntax/Imports.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace nasc;

/// The parts of a study's identity.
static constexpr llvm::StringLiteral spacePart = "space", dataPart = "data";

bool RunStudy::fail(llvm::Error error, Diag otherwise) {
  session.reportError(std::move(error), otherwise, outputPath);
  return false;
}

static std::string hashOf(llvm::StringRef text) {
  llvm::SHA256 hash;
  hash.update(text);
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

study::StudySpec RunStudy::describe(const Conditions &conditions) const {
  study::StudySpec spec;
  SourceManager &sources = session.getSources();
  FileId mainFile = session.getMainFile();
  spec.name = sources.name(mainFile).str();
  spec.sources.push_back({spec.name, sources.text(mainFile).str()});
  for (unsigned id = 1; id <= sources.fileCount(); ++id)
    if (FileId file{id}; file != mainFile)
      spec.sources.push_back(
          {sources.name(file).str(), sources.text(file).str()});
  llvm::SmallString<128> folder;
  if (!llvm::sys::fs::current_path(folder))
    spec.folder = folder.str().str();
  spec.seed = conditions.seed;
  spec.threads = conditions.threads;
  spec.version = versionText();
  // The network of a file is deployed as it is; nothing of it is kept.
  if (!session.getImportedFrom())
    for (auto space : session.getModule().getOps<nas::SpaceOp>()) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      space.print(stream, mlir::OpPrintingFlags().useLocalScope());
      spec.identity.emplace_back(spacePart, hashOf(text));
      spec.identity.emplace_back(dataPart, hashOf(conditions.data));
    }
  return spec;
}

std::vector<ItemChange>
RunStudy::changesSince(const study::StudySpec &recorded) const {
  // Items are those of the language: IR has none.
  const ParsedProgram *present = session.getTree();
  if (!present || isIR(recorded.name))
    return {};
  SourceManager sources;
  DiagnosticEngine silent(sources);
  FileId mainFile;
  for (const study::SpecSource &source : recorded.sources) {
    FileId file = sources.addBuffer(source.path, source.text);
    if (!mainFile.isValid())
      mainFile = file;
  }
  ParsedProgram earlier =
      parseProgram(sources, mainFile, libraryDirectories(), silent);
  addImplicitImports(earlier, sources, silent);
  std::vector<ItemChange> changes =
      findItemChanges({earlier, sources}, {*present, session.getSources()});
  // Their places are in texts that are gone after this.
  for (ItemChange &change : changes)
    if (change.kind == ItemChange::Kind::Removed)
      change.place = SourceRange();
  return changes;
}

static llvm::StringRef verbOf(const ItemChange &change) {
  switch (change.kind) {
  case ItemChange::Kind::Changed:
    return "differs from here on";
  case ItemChange::Kind::Added:
    return "is new";
  case ItemChange::Kind::Removed:
    return "is missing";
  }
  llvm_unreachable("unknown kind of change");
}

bool RunStudy::checkIdentity(llvm::ArrayRef<ItemChange> changes) {
  llvm::Expected<std::vector<std::string>> differences =
      study->differences(spec);
  if (!differences)
    return fail(differences.takeError(), Diag::NAS5006);
  if (differences->empty())
    return true;
  const bool isOtherSpace = llvm::is_contained(*differences, spacePart);
  // What can make the space, or the samples, another one.
  auto matters = [&](const ItemChange &change) {
    switch (change.node) {
    case ast::NodeKind::Space:
    case ast::NodeKind::Block:
    case ast::NodeKind::Import:
      return isOtherSpace;
    case ast::NodeKind::Dataset:
      return true;
    default:
      return false;
    }
  };
  DiagnosticBuilder report = session.getDiagnostics().reportAbout(
      isOtherSpace ? Diag::NAS5004 : Diag::NAS5011, outputPath,
      isOtherSpace ? "the study is one of another space"
                   : "the study is one of other data");
  bool isSaid = false;
  for (const ItemChange &change : changes) {
    if (!matters(change))
      continue;
    isSaid = true;
    if (change.place.isValid())
      report.note(change.place, change.item, " ", verbOf(change));
    else
      report.help(change.item, " ", verbOf(change));
  }
  if (!isSaid)
    report.help(isOtherSpace
                    ? "this version of nasc makes another space of it"
                    : "the settings are the same, but the files hold other "
                      "samples, labels or splits");
  report.help("choose another folder with -o, or go back to what the study was "
              "begun with");
  return false;
}

void RunStudy::noteChanges(llvm::ArrayRef<ItemChange> changes,
                           search::Progress &progress) const {
  const SourceManager &sources = session.getSources();
  for (const ItemChange &change : changes) {
    std::string place;
    if (change.place.isValid())
      place = " (" + sources.name(change.place.file).str() + ":" +
              std::to_string(sources.begin(change.place).line) + ")";
    llvm::StringRef verb = change.kind == ItemChange::Kind::Changed ? "changed"
                           : change.kind == ItemChange::Kind::Added ? "new"
                                                                    : "gone";
    progress.note("study: " + verb.str() + " since: " + change.item + place);
  }
}

bool RunStudy::open(const Conditions &conditions, search::Progress &progress) {
  spec = describe(conditions);
  addition = conditions.addition;
  llvm::SmallString<128> path(outputPath);
  llvm::sys::path::append(path, "study.db");
  // What is refused has changed nothing.
  if (llvm::sys::fs::exists(path)) {
    auto opened = study::Study::open(path);
    if (!opened)
      return fail(opened.takeError(), Diag::NAS5006);
    study.emplace(std::move(*opened));
    llvm::Expected<bool> hasResults = study->hasResults();
    if (!hasResults)
      return fail(hasResults.takeError(), Diag::NAS5006);
    if (*hasResults) {
      if (conditions.searches && !session.getOptions().resume) {
        session.getDiagnostics()
            .reportAbout(Diag::NAS5010, outputPath, "there is a study already")
            .help("--resume goes on with it; another -o starts a new one");
        return false;
      }
      llvm::Expected<study::StudySpec> recorded = study->spec();
      if (!recorded)
        return fail(recorded.takeError(), Diag::NAS5007);
      std::vector<ItemChange> changes = changesSince(*recorded);
      if (!checkIdentity(changes))
        return false;
      if (conditions.searches)
        noteChanges(changes, progress);
    }
  }
  auto opened = study::OutputDirectory::open(
      outputPath, {spec.name, spec.hash(), spec.version});
  if (!opened)
    return fail(opened.takeError(), Diag::NAS5001);
  folder.emplace(std::move(*opened));
  if (study) {
    // What a deployment adds is recorded once it has succeeded.
    if (conditions.searches)
      if (llvm::Error error = study->adopt(spec))
        return fail(std::move(error), Diag::NAS5012);
  } else {
    auto created = study::Study::create(path, spec);
    if (!created) {
      folder->abandon();
      return fail(created.takeError(), Diag::NAS5006);
    }
    study.emplace(std::move(*created));
    isNew = true;
  }
  folder->removeLeftovers();
  if (llvm::Error error = study->beginRun())
    return fail(std::move(error), Diag::NAS5012);
  return true;
}

bool RunStudy::close(llvm::StringRef outcome) {
  if (!study)
    return true;
  if (addition && outcome == "done")
    if (llvm::Error error = study->adoptAddition(*addition))
      return fail(std::move(error), Diag::NAS5012);
  bool leavesNothing = false;
  if (isNew && outcome == "failed") {
    llvm::Expected<bool> hasResults = study->hasResults();
    if (!hasResults)
      return fail(hasResults.takeError(), Diag::NAS5012);
    leavesNothing = !*hasResults;
  }
  if (llvm::Error error = study->close(outcome))
    return fail(std::move(error), Diag::NAS5012);
  if (leavesNothing) {
    study::Study::remove(folder->pathOf("study.db"));
    folder->abandon();
  }
  return true;
}
