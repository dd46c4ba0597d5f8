//===- Datasets.cpp - Datasets --------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SettingsReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"

#include <limits>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

static constexpr int64_t manyImages = 1'000'000'000;

/// Reads `mean: 0.286` or `mean: [0.49, 0.48, 0.45]`.
static std::vector<double> readChannels(SettingsReader &reader,
                                        const ast::Expr &value,
                                        llvm::StringRef what, double least) {
  std::vector<double> result;
  auto add = [&](const ast::Expr &one) {
    if (std::optional<double> number = reader.realValue(
            one, what, least, std::numeric_limits<double>::max()))
      result.push_back(*number);
  };
  if (const auto *list = dyn_cast<ast::List>(&value))
    for (const ast::ExprPtr &element : list->elements)
      add(*element);
  else
    add(value);
  return result;
}

/// Reads `shift: 2 pixels` or `shift: [2, 0]`.
static std::vector<int64_t> readShifts(SettingsReader &reader,
                                       const ast::Expr &value) {
  std::vector<int64_t> result;
  auto add = [&](const ast::Expr &one) {
    if (std::optional<int64_t> most =
            reader.integerValue(one, "'shift'", 0, 4096, Dimension::Pixels))
      result.push_back(*most);
  };
  if (const auto *list = dyn_cast<ast::List>(&value))
    for (const ast::ExprPtr &element : list->elements)
      add(*element);
  else
    add(value);
  return result;
}

/// Reads `record = "clip"` or `record = line`.
static void readRecordColumn(SettingsReader &reader, DatasetSpec &spec) {
  const ast::Setting *setting = reader.take("record");
  if (!setting)
    return;
  if (const auto *word = dyn_cast<ast::NameReference>(setting->value.get())) {
    spec.recordsAreLines =
        reader.wordValue(*word, "'record'", {"line"}).has_value();
    return;
  }
  spec.record = reader.string("record").value_or("");
}

SourceRange DatasetSpec::settingRange(llvm::StringRef setting) const {
  for (const ast::ConfigurationPtr &entry : node->entries)
    if (const auto *written = dyn_cast<ast::Setting>(entry.get()))
      if (written->name.text == setting)
        return written->value->getRange();
  return node->source->getRange();
}

void nasc::reportFinding(DiagnosticEngine &diagnostics, SourceRange place,
                         const DatasetFinding &finding) {
  DiagnosticBuilder report =
      diagnostics.report(finding.code, place, finding.message);
  if (!finding.unknown.empty()) {
    std::vector<llvm::StringRef> known(finding.known.begin(),
                                       finding.known.end());
    report.suggest(finding.unknown, known);
  }
  if (!finding.help.empty())
    report.help(finding.help);
}

void SemanticAnalyzer::checkDataset(const ast::Dataset &dataset,
                                    Symbol *symbol) {
  DatasetSpec spec;
  spec.symbol = symbol;
  spec.node = &dataset;
  std::string owner = "the dataset '" + dataset.name.text + "'";

  // The source: a format and its files.
  const auto *format =
      dyn_cast<ast::NameReference>(dataset.source->callee.get());
  llvm::StringRef formats[] = {"idx", "cifar", "raw"};
  if (!format) {
    report(Diag::NAS4104, dataset.source->callee->getRange(),
           "expected the format of the data")
        .help("the formats are idx, cifar and raw");
  } else if (llvm::is_contained(formats, llvm::StringRef(format->name.text))) {
    spec.kind = format->name.text;
  } else if (format->name.text == "cifar10") {
    spec.kind = "cifar";
  } else {
    report(Diag::NAS4104, format->getRange(), "unknown format of data '",
           format->name.text, "'")
        .suggest(format->name.text, formats)
        .help("the formats are idx, cifar and raw");
  }
  for (const ast::Argument &argument : dataset.source->arguments) {
    if (argument.name) {
      report(Diag::NAS1012, argument.name->range, "the files of ", owner,
             " have no names");
      continue;
    }
    std::optional<Constant> path =
        checkConstant(*argument.value, TypeKind::String, "a file");
    if (!path)
      continue;
    if (path->string.empty()) {
      report(Diag::NAS4104, argument.value->getRange(),
             "the name of the file is empty");
      continue;
    }
    spec.sources.push_back(path->string);
  }
  if (dataset.source->arguments.empty())
    report(Diag::NAS4104, dataset.source->getRange(), owner, " names no file");
  if ((spec.kind == "idx" || spec.kind == "raw") &&
      dataset.source->arguments.size() > 1)
    report(Diag::NAS4104, dataset.source->arguments[1].range, "the format '",
           spec.kind, "' takes one ", spec.kind == "idx" ? "folder" : "file");

  // What every format has.
  SettingsReader reader(*this, dataset.entries, owner);
  spec.validation =
      reader.integer("validation", 1, manyImages, Dimension::Images);
  if (const ast::Setting *setting = reader.take("normalize")) {
    if (const auto *record = dyn_cast<ast::Record>(setting->value.get())) {
      for (const ast::RecordField &field : record->fields) {
        if (field.name.text == "mean")
          spec.mean = readChannels(reader, *field.value, "the mean",
                                   std::numeric_limits<double>::lowest());
        else if (field.name.text == "deviation") {
          spec.deviation =
              readChannels(reader, *field.value, "the deviation", 0);
          if (llvm::is_contained(spec.deviation, 0.0))
            report(Diag::NAS1025, field.value->getRange(),
                   "a deviation must be greater than 0");
        } else {
          report(Diag::NAS4101, field.name.range, "'normalize' has no field '",
                 field.name.text, "'")
              .suggest(field.name.text, {"mean", "deviation"});
        }
      }
      bool listed = spec.mean.size() > 1 && spec.deviation.size() > 1;
      if (listed && spec.mean.size() != spec.deviation.size())
        report(Diag::NAS4105, setting->value->getRange(), "there are ",
               spec.mean.size(), " means and ", spec.deviation.size(),
               " deviations, but both are one for each "
               "channel");
    } else {
      report(Diag::NAS1006, setting->value->getRange(),
             "'normalize' must be a record")
          .help("write normalize = { mean: 0.286, deviation: 0.353 }");
    }
  }
  if (const ast::Setting *setting = reader.take("augment")) {
    if (const auto *record = dyn_cast<ast::Record>(setting->value.get())) {
      for (const ast::RecordField &field : record->fields) {
        if (field.name.text == "shift")
          spec.shift = readShifts(reader, *field.value);
        else if (field.name.text == "flip")
          spec.flipHorizontal =
              reader.wordValue(*field.value, "'flip'", {"horizontal", "none"})
                  .value_or("none") == "horizontal";
        else
          report(Diag::NAS4101, field.name.range, "'augment' has no field '",
                 field.name.text, "'")
              .suggest(field.name.text, {"shift", "flip"});
      }
    } else {
      report(Diag::NAS1006, setting->value->getRange(),
             "'augment' must be a record")
          .help("write augment = { shift: 2 pixels, flip: horizontal }");
    }
  }
  spec.targetIsInput =
      reader.word("target", {"label", "input"}).value_or("label") == "input";

  // What single formats have.
  SourceRange shapeRange;
  if (const ast::Setting *setting = spec.kind == "raw" || spec.kind.empty()
                                        ? reader.take("shape")
                                        : nullptr) {
    shapeRange = setting->value->getRange();
    if (const auto *list = dyn_cast<ast::List>(setting->value.get())) {
      for (const ast::ExprPtr &element : list->elements)
        if (std::optional<int64_t> size =
                reader.integerValue(*element, "a size", 1, 1 << 24))
          spec.shape.push_back(*size);
      if (list->elements.empty() || list->elements.size() > 3)
        report(Diag::NAS2113, shapeRange,
               "a tensor has one to three sizes, not ", list->elements.size())
            .help("[height, width, channels], [length, channels] or "
                  "[channels]");
    } else {
      report(Diag::NAS1006, shapeRange, "'shape' must be a list of sizes")
          .help("write shape = [49, 10, 1]");
    }
  }
  if (spec.kind == "raw" || spec.kind.empty()) {
    spec.element =
        reader.word("element", {"int8", "uint8", "float32"}).value_or("");
    spec.label = reader.string("label").value_or("");
    spec.split = reader.string("split").value_or("");
    spec.index = reader.string("index").value_or("");
    readRecordColumn(reader, spec);
    spec.ignoresUnlisted = reader.word("unlisted", {"ignore"}).has_value();
    const ast::Setting *classes = reader.take("classes");
    if (classes) {
      // Read again by strings(), which takes one word for a list of one.
      spec.classes = reader.strings("classes");
      for (size_t i = 0; i < spec.classes.size(); ++i)
        if (llvm::is_contained(llvm::ArrayRef(spec.classes).take_front(i),
                               spec.classes[i])) {
          report(Diag::NAS4102, classes->value->getRange(), "the class '",
                 spec.classes[i], "' is given twice");
          break;
        }
      if (!spec.classes.empty())
        spec.classCount = spec.classes.size();
    }
    if (spec.kind == "raw") {
      auto require = [&](bool given, llvm::StringRef name,
                         llvm::StringRef example) {
        bool written = llvm::any_of(dataset.entries, [&](const auto &entry) {
          const auto *setting = dyn_cast<ast::Setting>(entry.get());
          return setting && setting->name.text == name;
        });
        if (!given && !written)
          report(Diag::NAS4105, dataset.name.range, owner, " needs '", name,
                 "'")
              .help("write ", name, " = ", example, ";");
      };
      require(!spec.element.empty(), "element", "int8");
      require(!spec.shape.empty(), "shape", "[49, 10, 1]");
      if (!spec.targetIsInput) {
        require(!spec.index.empty(), "index", "\"index.csv\"");
        require(!spec.label.empty(), "label", "\"word\"");
      }
      if (spec.index.empty() && (!spec.label.empty() || !spec.split.empty()) &&
          spec.targetIsInput)
        require(false, "index", "\"index.csv\"");
    }
  }
  if (spec.kind == "cifar") {
    spec.shape = {32, 32, 3};
    spec.classCount = 10;
    spec.trainFiles = reader.strings("train");
    spec.testFiles = reader.strings("test");
  }
  if (spec.targetIsInput)
    spec.classCount.reset();
  reader.finish();

  if (inspector && !diagnostics.hasErrors()) {
    DatasetContents contents = inspector(spec);
    bool usable = true;
    for (const DatasetFinding &finding : contents.findings) {
      reportFinding(diagnostics, spec.settingRange(finding.setting), finding);
      usable &= severityOf(finding.code) != Severity::Error;
    }
    if (usable) {
      if (spec.shape.empty())
        spec.shape = contents.shape;
      if (!spec.classCount && !spec.targetIsInput)
        spec.classCount = contents.classes;
      if (contents.validationSamples)
        spec.validationSamples = contents.validationSamples;
    }
  }
  int64_t channels = spec.shape.empty() ? 0 : spec.shape.back();
  for (const auto *list : {&spec.mean, &spec.deviation})
    if (channels && list->size() > 1 &&
        static_cast<int64_t>(list->size()) != channels) {
      report(Diag::NAS4105, dataset.name.range, owner, " has ", channels,
             channels == 1 ? " channel" : " channels", ", but 'normalize' has ",
             list->size(), " numbers");
      break;
    }
  program.datasets.push_back(std::move(spec));
}
