//===- SemanticAnalysis.cpp - Items and names -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SemanticAnalysis.h"
#include "frontend/syntax/Imports.h"

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"

#include "llvm/ADT/STLExtras.h"

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// The checked program
//===----------------------------------------------------------------------===//

const CostModelSpec *DeviceSpec::model(llvm::StringRef precision) const {
  for (const CostModelSpec &model : models)
    if (model.precision == precision)
      return &model;
  return nullptr;
}

const ExpandedChoice *ExpandedSpace::find(llvm::StringRef name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &choices[found->second];
}

const ExpressionInfo &CheckedProgram::info(const ast::Expr &expr) const {
  static const ExpressionInfo unknown;
  auto found = expressions.find(&expr);
  return found == expressions.end() ? unknown : found->second;
}

const ast::Expr &CheckedProgram::meaning(const ast::Expr &expr) const {
  const ast::Expr *meant = &expr;
  while (llvm::isa<ast::NameReference>(meant)) {
    const Symbol *symbol = info(*meant).symbol;
    if (!symbol || symbol->kind != SymbolKind::Let)
      break;
    meant = llvm::cast<ast::Let>(symbol->node)->value.get();
  }
  return *meant;
}

const DeviceSpec *CheckedProgram::device(const Symbol *symbol) const {
  for (const DeviceSpec &device : devices)
    if (device.symbol == symbol)
      return &device;
  return nullptr;
}

const DatasetSpec *CheckedProgram::dataset(const Symbol *symbol) const {
  for (const DatasetSpec &dataset : datasets)
    if (dataset.symbol == symbol)
      return &dataset;
  return nullptr;
}

std::string CheckedProgram::precisionOf(const Symbol *symbol) const {
  for (const TargetSpec &target : targets)
    if (target.device == symbol && !target.precision.empty())
      return target.precision;
  const DeviceSpec *spec = device(symbol);
  return spec && spec->model("int8") ? "int8" : "float32";
}

//===----------------------------------------------------------------------===//
// Symbols and scopes
//===----------------------------------------------------------------------===//

Symbol *SemanticAnalyzer::makeSymbol(SymbolKind kind, const ast::Name &name,
                                     const ast::Node *node) {
  auto symbol = std::make_unique<Symbol>();
  symbol->kind = kind;
  symbol->name = name.text;
  symbol->range = name.range;
  symbol->node = node;
  symbol->body = scope ? scope->body : nullptr;
  program.symbols.push_back(std::move(symbol));
  return program.symbols.back().get();
}

Body *SemanticAnalyzer::makeBody(Symbol *symbol, Body *parent) {
  auto body = std::make_unique<Body>();
  body->symbol = symbol;
  body->parent = parent;
  symbol->body = body.get();
  program.bodies.push_back(std::move(body));
  return program.bodies.back().get();
}

void SemanticAnalyzer::addBuiltins() {
  auto addOne = [&](SymbolKind kind, llvm::StringRef name, unsigned index) {
    Symbol *symbol = makeSymbol(kind, {name.str(), SourceRange()}, nullptr);
    symbol->type = TypeKind::Operation;
    symbol->builtin = index;
    builtins[name] = symbol;
  };
  for (auto [index, layer] : llvm::enumerate(builtinLayers()))
    addOne(SymbolKind::Layer, layer.layer->name, index);
  for (auto [index, function] : llvm::enumerate(builtinFunctions()))
    addOne(SymbolKind::Function, function.name, index);
}

Symbol *SemanticAnalyzer::lookup(llvm::StringRef name) const {
  for (const Scope *one = scope; one; one = one->parent)
    if (Symbol *symbol = one->names.lookup(name))
      return symbol;
  if (Symbol *symbol = globals.lookup(name))
    return symbol;
  return builtins.lookup(name);
}

Symbol *SemanticAnalyzer::lookupIndexed(llvm::StringRef name) const {
  for (const Scope *one = scope; one; one = one->parent)
    if (Symbol *symbol = one->indexed.lookup(name))
      return symbol;
  return nullptr;
}

std::vector<llvm::StringRef> SemanticAnalyzer::visibleNames() const {
  std::vector<llvm::StringRef> names;
  for (const Scope *one = scope; one; one = one->parent)
    for (const auto &entry : one->names)
      names.push_back(entry.getKey());
  for (const auto *map : {&globals, &builtins})
    for (const auto &entry : *map)
      names.push_back(entry.getKey());
  // Maps have no order, and suggestions must not depend on it.
  llvm::sort(names);
  return names;
}

void SemanticAnalyzer::reportUnknownName(const ast::Name &name) {
  for (const Scope *one = scope; one; one = one->parent) {
    auto later = one->later.find(name.text);
    if (later == one->later.end())
      continue;
    report(Diag::NAS1021, name.range, "'", name.text,
           "' is used before it is defined")
        .note(later->second, "it is defined here");
    return;
  }
  DiagnosticBuilder builder =
      report(Diag::NAS1002, name.range, "unknown name '", name.text, "'");
  if (std::optional<std::string> file =
          findInLibrary(ast::NodeKind::Block, name.text))
    builder.help("the library has a block of that name: import \"", *file,
                 "\";");
  else
    builder.suggest(name.text, visibleNames());
}

bool SemanticAnalyzer::checkDefinable(const ast::Name &name) {
  Symbol *builtin = builtins.lookup(name.text);
  if (!builtin)
    return true;
  report(Diag::NAS1005, name.range, "'", name.text, "' is the name of ",
         builtin->kind == SymbolKind::Layer ? "a built-in layer"
                                            : "a built-in function",
         " and cannot be defined");
  return false;
}

void SemanticAnalyzer::defineLocal(Symbol *symbol) {
  if (!checkDefinable({symbol->name, symbol->range}))
    return;
  // Within one body a name means one thing; a block may reuse the names of
  // what is around it.
  for (Scope *one = scope; one && one->body == scope->body; one = one->parent)
    if (Symbol *first = one->names.lookup(symbol->name)) {
      report(Diag::NAS1001, symbol->range, "'", symbol->name,
             "' is defined twice")
          .note(first->range, "the first definition is here");
      return;
    }
  scope->names[symbol->name] = symbol;
}

void SemanticAnalyzer::define(llvm::StringMap<Symbol *> &names,
                              Symbol *symbol) {
  if (!checkDefinable({symbol->name, symbol->range}))
    return;
  auto [entry, inserted] = names.try_emplace(symbol->name, symbol);
  if (!inserted)
    report(Diag::NAS1001, symbol->range, "'", symbol->name,
           "' is defined twice")
        .note(entry->second->range, "the first definition is here");
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::collectItems() {
  const ast::Space *firstSpace = nullptr;
  const ast::Search *firstSearch = nullptr;
  for (const std::unique_ptr<ast::File> &file : program.parsed.files) {
    for (const ast::ItemPtr &item : file->items) {
      if (const auto *dataset = dyn_cast<ast::Dataset>(item.get())) {
        define(globals,
               makeSymbol(SymbolKind::Dataset, dataset->name, dataset));
      } else if (const auto *device = dyn_cast<ast::Device>(item.get())) {
        define(globals, makeSymbol(SymbolKind::Device, device->name, device));
      } else if (const auto *block = dyn_cast<ast::Block>(item.get())) {
        Symbol *symbol = makeSymbol(SymbolKind::Block, block->name, block);
        symbol->type = TypeKind::Operation;
        makeBody(symbol, nullptr)->block = block;
        define(globals, symbol);
      } else if (const auto *space = dyn_cast<ast::Space>(item.get())) {
        if (firstSpace) {
          report(Diag::NAS2111, space->name.range,
                 "a specification has one space, and this is another one")
              .note(firstSpace->name.range, "the first space is here");
          continue;
        }
        firstSpace = space;
        Symbol *symbol = makeSymbol(SymbolKind::Space, space->name, space);
        Body *body = makeBody(symbol, nullptr);
        body->space = space;
        program.space = body;
        define(globals, symbol);
      } else if (const auto *network = dyn_cast<ast::Network>(item.get())) {
        define(globals,
               makeSymbol(SymbolKind::Network, network->name, network));
      } else if (const auto *limits = dyn_cast<ast::Limits>(item.get())) {
        program.limits.push_back(limits);
      } else if (const auto *search = dyn_cast<ast::Search>(item.get())) {
        if (firstSearch) {
          report(Diag::NAS1001, search->keywordRange,
                 "a specification has one search, and this is another one")
              .note(firstSearch->keywordRange, "the first search is here");
          continue;
        }
        firstSearch = search;
        program.search.emplace();
        program.search->node = search;
      } else if (const auto *deploy = dyn_cast<ast::Deploy>(item.get())) {
        program.deployNodes.push_back(deploy);
      }
    }
  }
}

void SemanticAnalyzer::checkSpaceSignature(const ast::Space &space,
                                           Body &body) {
  // The numbers of `tensor[96, 96, 3]`; empty after an error.
  auto tensorShape = [&](const ast::TensorType &type) -> std::vector<int64_t> {
    if (!type.hasShape) {
      report(Diag::NAS2113, type.getRange(),
             "the tensor of a space needs a shape")
          .help("write for example tensor[28, 28, 1]");
      return {};
    }
    std::vector<int64_t> shape;
    for (const ast::ExprPtr &size : type.shape) {
      std::optional<Constant> value =
          checkConstant(*size, TypeKind::Integer, "a size");
      if (!value)
        return {};
      if (value->integer < 1 || value->integer > (1 << 24)) {
        report(Diag::NAS1025, size->getRange(),
               "a size must be from 1 to 16777216, but is ", value->integer);
        return {};
      }
      shape.push_back(value->integer);
    }
    if (shape.empty() || shape.size() > 3) {
      report(Diag::NAS2113, type.getRange(),
             "a tensor has one to three sizes, not ", shape.size())
          .help("[height, width, channels], [length, channels] or [channels]");
      return {};
    }
    return shape;
  };
  // The dataset of `fashion.image` and its member.
  auto datasetOf = [&](const ast::MemberType &type) -> const DatasetSpec * {
    Symbol *symbol = globals.lookup(type.base.text);
    if (!symbol) {
      reportUnknownName(type.base);
      return nullptr;
    }
    symbol->used = true;
    if (symbol->kind != SymbolKind::Dataset) {
      report(Diag::NAS1004, type.base.range, "'", symbol->name,
             "' is no dataset but ", describe(symbol->kind))
          .note(symbol->range, "it is defined here");
      return nullptr;
    }
    if (type.member.text != "image" && type.member.text != "label") {
      report(Diag::NAS1003, type.member.range, "a dataset has no '",
             type.member.text, "'")
          .suggest(type.member.text, {"image", "label"})
          .help("its members are image and label");
      return nullptr;
    }
    return program.dataset(symbol);
  };

  if (!space.hasParameters) {
    if (space.result)
      report(Diag::NAS2113, space.result->getRange(),
             "a space with a result needs an input")
          .help("write 'space ", space.name.text, "(image: …) -> …'");
    return;
  }
  if (space.parameters.size() != 1) {
    report(Diag::NAS2113, space.name.range, "a space has one input, not ",
           space.parameters.size());
    return;
  }
  const ast::Parameter &input = space.parameters.front();
  if (!input.type) {
    report(Diag::NAS2113, input.range, "the input of a space needs a type")
        .help("write '", input.name.text, ": data.image' or '", input.name.text,
              ": tensor[28, 28, 1]'");
  } else if (const auto *tensor = dyn_cast<ast::TensorType>(input.type.get())) {
    program.inputShape = tensorShape(*tensor);
  } else if (const auto *member = dyn_cast<ast::MemberType>(input.type.get())) {
    if (const DatasetSpec *dataset = datasetOf(*member)) {
      program.spaceDataset = dataset;
      if (member->member.text != "image")
        report(Diag::NAS2113, member->getRange(),
               "the input of a space is the image of a dataset, not its ",
               member->member.text);
      program.inputShape = dataset->shape;
    }
  } else {
    report(Diag::NAS2113, input.type->getRange(),
           "the input of a space is a tensor");
  }
  if (input.defaultValue)
    report(Diag::NAS1032, input.defaultValue->getRange(),
           "a tensor cannot have a default");

  if (!space.result) {
    report(Diag::NAS2113, space.name.range,
           "the space does not say what it returns")
        .help("write '-> data.label', '-> classes(10)' or '-> tensor[640]' "
              "after the input");
    return;
  }
  if (const auto *classes = dyn_cast<ast::ClassesType>(space.result.get())) {
    std::optional<Constant> count = checkConstant(
        *classes->count, TypeKind::Integer, "a number of classes");
    if (count && (count->integer < 1 || count->integer > (1 << 24)))
      report(Diag::NAS1025, classes->count->getRange(),
             "a number of classes must be from 1 to 16777216, but is ",
             count->integer);
    else if (count)
      program.resultShape = {count->integer};
  } else if (const auto *tensor =
                 dyn_cast<ast::TensorType>(space.result.get())) {
    program.classification = false;
    program.resultShape = tensorShape(*tensor);
  } else if (const auto *member =
                 dyn_cast<ast::MemberType>(space.result.get())) {
    if (const DatasetSpec *dataset = datasetOf(*member)) {
      if (program.spaceDataset && dataset != program.spaceDataset)
        report(Diag::NAS2113, member->getRange(),
               "the input and the result of a space belong to one dataset")
            .note(input.type->getRange(), "the input is of another one");
      if (member->member.text == "image") {
        program.classification = false;
        program.resultShape = dataset->shape;
      } else if (dataset->classCount) {
        program.resultShape = {*dataset->classCount};
      } else if (dataset->targetIsInput) {
        report(Diag::NAS2113, member->getRange(), "the dataset '",
               dataset->symbol->name,
               "' has no labels: its target is the "
               "input");
      }
    }
  } else {
    report(Diag::NAS2113, space.result->getRange(),
           "the result of a space is a tensor or classes");
  }
}

void SemanticAnalyzer::checkSpace(const ast::Space &space) {
  Body &body = *program.space;
  checkSpaceSignature(space, body);
  checkBody(body);
}

void SemanticAnalyzer::warnUnused() {
  FileId root = program.parsed.files.back()->id;
  bool parametersOnly = program.space && program.space->space &&
                        !program.space->space->hasParameters;
  for (const std::unique_ptr<Symbol> &symbol : program.symbols) {
    // The names of imported files are for everybody, and whoever uses only a
    // part of them has done nothing wrong.
    if (symbol->used || !symbol->isLocal() || symbol->range.file != root ||
        llvm::StringRef(symbol->name).starts_with("_"))
      continue;
    if (symbol->kind == SymbolKind::Choice) {
      if (parametersOnly && symbol->body == program.space)
        continue;
      report(Diag::NAS2114, symbol->range, "the choice '", symbol->name,
             "' decides nothing: it is never used");
    } else if (symbol->kind == SymbolKind::Let ||
               symbol->kind == SymbolKind::Variable) {
      report(Diag::NAS1023, symbol->range, "'", symbol->name,
             "' is never used");
    }
  }
}

void SemanticAnalyzer::run() {
  addBuiltins();
  collectItems();
  for (const auto &file : program.parsed.files)
    for (const ast::ItemPtr &item : file->items) {
      if (const auto *dataset = dyn_cast<ast::Dataset>(item.get())) {
        if (Symbol *symbol = globals.lookup(dataset->name.text))
          if (symbol->node == dataset)
            checkDataset(*dataset, symbol);
      } else if (const auto *device = dyn_cast<ast::Device>(item.get())) {
        if (Symbol *symbol = globals.lookup(device->name.text))
          if (symbol->node == device)
            checkDevice(*device, symbol);
      }
    }
  // Networks name datasets, which may stand behind them.
  for (const auto &file : program.parsed.files)
    for (const ast::ItemPtr &item : file->items)
      if (const auto *network = dyn_cast<ast::Network>(item.get()))
        if (Symbol *symbol = globals.lookup(network->name.text))
          if (symbol->node == network)
            checkNetwork(*network, symbol);
  for (const ast::Deploy *deploy : program.deployNodes)
    checkDeploy(*deploy);
  unsigned errorsBeforeBodies = diagnostics.errorCount();
  // An index, because local blocks are added while bodies are checked.
  for (size_t i = 0; i < program.bodies.size(); ++i)
    if (Body *body = program.bodies[i].get(); body->block && !body->parent)
      checkBody(*body);
  if (program.space)
    checkSpace(*program.space->space);
  else if (program.search && !program.networks.empty())
    report(Diag::NAS2111, program.search->node->keywordRange,
           "there is nothing to search: the specification has networks of "
           "files and no space")
        .note(program.networks.front().symbol->range, "a network is here")
        .help("leave 'search' out, or add a space");
  else if (program.networks.empty() &&
           (program.search || !program.deployNodes.empty() ||
            !program.limits.empty()))
    report(Diag::NAS2111,
           sources.wholeFile(program.parsed.files.back()->id).atBegin(),
           "the specification has no space and no network")
        .help("add 'space name(image: data.image) -> data.label { … }' or "
              "'network name = onnx(\"FILE\");'");
  checkIndirectCalls();
  checkRecursion();
  if (program.space)
    expandChoices(diagnostics.errorCount() == errorsBeforeBodies);
  // The limits of networks name metrics, as there are no choices.
  if (program.space || !program.networks.empty())
    checkLimits();
  if (program.search)
    checkSearch(*program.search->node);
  if (!diagnostics.hasErrors())
    warnUnused();
}

std::unique_ptr<CheckedProgram>
nasc::analyze(ParsedProgram parsed, SourceManager &sources,
              DiagnosticEngine &diagnostics,
              const DatasetInspector &inspector) {
  auto program = std::make_unique<CheckedProgram>();
  program->parsed = std::move(parsed);
  if (program->parsed.files.empty())
    return program;
  SemanticAnalyzer(*program, sources, diagnostics, inspector).run();
  return program;
}
