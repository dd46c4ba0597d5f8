//===- Networks.cpp - Networks of files -----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whether the file is there, and what is in it, is the business of the reader
// of its format, as it is for datasets.
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SettingsReader.h"

#include "llvm/ADT/STLExtras.h"

using namespace nasc;
using llvm::dyn_cast;

void SemanticAnalyzer::checkNetwork(const ast::Network &network,
                                    Symbol *symbol) {
  NetworkSpec spec;
  spec.symbol = symbol;
  spec.node = &network;
  std::string owner = "the network '" + network.name.text + "'";

  static constexpr llvm::StringRef formats[] = {"onnx"};
  const auto *format =
      dyn_cast<ast::NameReference>(network.source->callee.get());
  if (!format)
    report(Diag::NAS6105, network.source->callee->getRange(),
           "expected the format of the network's file")
        .help("the only format is onnx");
  else if (llvm::is_contained(formats, llvm::StringRef(format->name.text)))
    spec.kind = format->name.text;
  else
    report(Diag::NAS6105, format->getRange(), "unknown format of networks '",
           format->name.text, "'")
        .suggest(format->name.text, formats)
        .help("the only format is onnx");

  for (const ast::Argument &argument : network.source->arguments)
    if (argument.name)
      report(Diag::NAS1012, argument.name->range, "the file of ", owner,
             " has no name");
  if (network.source->arguments.size() != 1) {
    report(Diag::NAS6105, network.source->getRange(), owner,
           " is read from one file, found ", network.source->arguments.size())
        .help("write 'network ", network.name.text, " = onnx(\"FILE\");'");
  } else {
    const ast::Expr &value = *network.source->arguments.front().value;
    if (std::optional<Constant> path =
            checkConstant(value, TypeKind::String, "a file")) {
      if (path->string.empty())
        report(Diag::NAS6105, value.getRange(),
               "the name of the file is empty");
      spec.source = path->string;
    }
  }

  SettingsReader reader(*this, network.entries, owner);
  if (const ast::Setting *setting = reader.take("data"))
    spec.dataset = findDataset(*setting->value, owner);
  if (std::optional<std::string> layout =
          reader.word("layout", {"channels_first", "channels_last"}))
    spec.layout = *layout;
  reader.finish();
  program.networks.push_back(std::move(spec));
}

const Symbol *SemanticAnalyzer::findDataset(const ast::Expr &value,
                                            llvm::StringRef owner) {
  const auto *reference = dyn_cast<ast::NameReference>(&value);
  if (!reference) {
    report(Diag::NAS1006, value.getRange(), "the data of ", owner,
           " must be the name of a dataset")
        .help("declare 'dataset name = …;' and write data = name;");
    return nullptr;
  }
  program.expressions[&value] = {TypeKind::Word, std::nullopt, nullptr};
  const ast::Name &name = reference->name;
  Symbol *symbol = globals.lookup(name.text);
  if (symbol && symbol->kind == SymbolKind::Dataset) {
    symbol->used = true;
    return symbol;
  }
  if (symbol) {
    report(Diag::NAS1004, name.range, "'", name.text, "' is no dataset but ",
           describe(symbol->kind))
        .note(symbol->range, "it is defined here");
    return nullptr;
  }
  std::vector<llvm::StringRef> names;
  for (const DatasetSpec &dataset : program.datasets)
    names.push_back(dataset.symbol->name);
  DiagnosticBuilder builder =
      report(Diag::NAS1002, name.range, "unknown dataset '", name.text, "'");
  builder.suggest(name.text, names);
  if (names.empty())
    builder.help("declare it, as in 'dataset ", name.text, " = idx(\"DIR\");'");
  return nullptr;
}
