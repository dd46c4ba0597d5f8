//===- Devices.cpp - Devices and deployment -------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SettingsReader.h"
#include "frontend/syntax/Imports.h"

#include "dialects/nas/TargetNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <map>
#include <set>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

/// The kinds of layers that a cost model speaks of.
static const llvm::ArrayRef<llvm::StringRef> layerKinds =
    nas::getCostModelKinds();
static const llvm::StringRef precisionList[] = {"int8", "float32"};
static const llvm::ArrayRef<llvm::StringRef> precisions = precisionList;
static constexpr int64_t manySamples = 1'000'000'000;

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// A latency in microseconds as thousandths of a cycle.
static std::optional<int64_t> thousandthsOfCycles(double microseconds,
                                                  int64_t clock) {
  double value = std::ceil(microseconds * 1e-3 * static_cast<double>(clock));
  if (!(value >= 0 && value < 9e18))
    return std::nullopt;
  return static_cast<int64_t>(value);
}

void SemanticAnalyzer::readTable(const ast::Table &table, CostModelSpec &model,
                                 const DeviceSpec &device) {
  if (table.metric.text != "latency") {
    report(Diag::NAS4103, table.metric.range, "there are no tables of '",
           table.metric.text, "'")
        .suggest(table.metric.text, {"latency"})
        .help("a table has the latencies of layers");
    return;
  }
  // Relative to the file that names it.
  llvm::SmallString<256> path;
  if (!llvm::sys::path::is_absolute(table.path->value)) {
    path = sources.name(table.path->getRange().file);
    llvm::sys::path::remove_filename(path);
  }
  llvm::sys::path::append(path, table.path->value);
  SourceRange range = table.path->getRange();
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer) {
    report(Diag::NAS4107, range, "cannot read the table '", path,
           "': ", buffer.getError().message());
    return;
  }

  static const llvm::StringRef columnList[] = {
      "height",        "width",        "input_channels", "output_channels",
      "kernel_height", "kernel_width", "stride"};
  const llvm::ArrayRef<llvm::StringRef> columns = columnList;
  llvm::SmallVector<llvm::StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n');
  llvm::SmallVector<int> keyColumns;
  std::vector<std::string> keys;
  int kindColumn = -1, latencyColumn = -1;
  std::map<std::string, std::set<std::vector<int64_t>>> seen;
  std::map<std::string, LatencyTableSpec> tables;
  bool sawHeader = false;
  unsigned number = 0;
  for (llvm::StringRef rawLine : lines) {
    ++number;
    llvm::StringRef line = rawLine.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    llvm::SmallVector<llvm::StringRef> cells;
    line.split(cells, ',');
    auto complain = [&](const llvm::Twine &message) {
      report(Diag::NAS4108, range, "the table '", path, "' is malformed: line ",
             number, ": ", message.str());
    };
    if (!sawHeader) {
      sawHeader = true;
      for (auto [column, rawName] : llvm::enumerate(cells)) {
        llvm::StringRef name = rawName.trim();
        if (name == "kind") {
          kindColumn = column;
        } else if (name == "latency_us") {
          latencyColumn = column;
        } else if (llvm::is_contained(columns, name)) {
          keyColumns.push_back(column);
          bool isSize = name == "height" || name == "width";
          keys.push_back(isSize ? "input_" + name.str() : name.str());
        }
      }
      if (kindColumn < 0 || latencyColumn < 0 || keys.empty()) {
        complain("expected the columns kind, latency_us, and at least one of " +
                 llvm::join(columns, ", "));
        return;
      }
      continue;
    }
    int needed = std::max(kindColumn, latencyColumn);
    for (int column : keyColumns)
      needed = std::max(needed, column);
    if (static_cast<int>(cells.size()) <= needed) {
      complain("expected " + llvm::Twine(needed + 1) + " columns, found " +
               llvm::Twine(cells.size()));
      return;
    }
    std::string kind = cells[kindColumn].trim().str();
    if (!llvm::is_contained(layerKinds, llvm::StringRef(kind))) {
      complain("unknown kind of layer '" + kind + "'");
      return;
    }
    std::vector<int64_t> row;
    for (int column : keyColumns) {
      int64_t value;
      if (cells[column].trim().getAsInteger(10, value) || value < 0) {
        complain("'" + cells[column].trim() + "' is no size");
        return;
      }
      row.push_back(value);
    }
    double microseconds;
    if (cells[latencyColumn].trim().getAsDouble(microseconds) ||
        !(microseconds >= 0)) {
      complain("'" + cells[latencyColumn].trim() + "' is no latency");
      return;
    }
    std::optional<int64_t> value =
        thousandthsOfCycles(microseconds, device.clock);
    if (!value) {
      complain("the latency is too large");
      return;
    }
    if (!seen[kind].insert(row).second) {
      complain("an earlier line has the same layer");
      return;
    }
    LatencyTableSpec &spec = tables[kind];
    spec.kind = kind;
    spec.keys = keys;
    spec.rows.push_back(std::move(row));
    spec.values.push_back(*value);
    spec.range = table.getRange();
  }
  if (!sawHeader)
    report(Diag::NAS4108, range, "the table '", path, "' is empty");
  for (auto &entry : tables)
    model.tables.push_back(std::move(entry.second));
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

void SemanticAnalyzer::checkCostModel(const ast::Section &section,
                                      DeviceSpec &device) {
  CostModelSpec model;
  model.range = section.getRange();
  if (!section.label) {
    report(Diag::NAS4103, section.name.range, "a cost model is of a precision")
        .help("write 'precision int8 { … }'");
    return;
  }
  model.precision = section.label->text;
  if (!llvm::is_contained(precisions, llvm::StringRef(model.precision))) {
    report(Diag::NAS4103, section.label->range, "unknown precision '",
           model.precision, "'")
        .suggest(model.precision, precisions)
        .help("the precisions are ", llvm::join(precisions, ", "));
    return;
  }
  if (const CostModelSpec *first = device.model(model.precision)) {
    report(Diag::NAS1001, section.label->range, "the precision '",
           model.precision, "' is described twice")
        .note(first->range, "the first description is here");
    return;
  }
  model.elementBytes = model.precision == "int8" ? 1 : 4;
  model.biasBytes = model.precision == "int8" ? 8 : 4;

  std::string owner = "the precision '" + model.precision + "' of '" +
                      device.symbol->name + "'";
  SettingsReader reader(*this, section.entries, owner);
  // Both are numbers of bytes by their names, so that the unit may be missing.
  if (auto value = reader.scaledNumber("element_bytes", 1, Dimension::Size))
    model.elementBytes = std::max<int64_t>(*value, 1);
  if (auto value = reader.scaledNumber("bias_bytes", 1, Dimension::Size))
    model.biasBytes = *value;
  model.cyclesPerByte =
      reader.scaledNumber("cycles_per_byte", 1000, Dimension::Cycles)
          .value_or(0);
  model.energyPerByte =
      reader.quantity("energy_per_byte", Dimension::Energy, 0, 1000)
          .value_or(0);
  for (const ast::ConfigurationPtr &entry : section.entries) {
    if (const auto *table = dyn_cast<ast::Table>(entry.get())) {
      if (device.clock > 0)
        readTable(*table, model, device);
      continue;
    }
    const auto *kind = dyn_cast<ast::Section>(entry.get());
    if (!kind)
      continue;
    if (kind->name.text == "kernel_code") {
      SettingsReader inner(*this, kind->entries, "'kernel_code'");
      for (llvm::StringRef kernel : nas::getKernelNames())
        if (auto bytes = inner.quantity(kernel, Dimension::Size, 0))
          model.kernelCode.emplace_back(kernel.str(), *bytes);
      inner.finish();
      continue;
    }
    if (!llvm::is_contained(layerKinds, llvm::StringRef(kind->name.text))) {
      report(Diag::NAS4101, kind->name.range, "unknown kind of layer '",
             kind->name.text, "'")
          .suggest(kind->name.text, layerKinds)
          .help("the kinds are ", llvm::join(layerKinds, ", "));
      continue;
    }
    auto first = llvm::find_if(model.layers, [&](const LayerCostSpec &one) {
      return one.kind == kind->name.text;
    });
    if (first != model.layers.end()) {
      report(Diag::NAS4102, kind->name.range, "'", kind->name.text,
             "' is described twice in ", owner)
          .note(first->range, "the first description is here");
      continue;
    }
    LayerCostSpec layer;
    layer.kind = kind->name.text;
    layer.range = kind->getRange();
    SettingsReader inner(*this, kind->entries, "'" + layer.kind + "'");
    layer.cyclesPerMac =
        inner.scaledNumber("cycles_per_mac", 1000, Dimension::Cycles)
            .value_or(0);
    layer.cyclesPerOutput =
        inner.scaledNumber("cycles_per_output", 1000, Dimension::Cycles)
            .value_or(0);
    layer.overhead =
        inner.quantity("overhead", Dimension::Cycles, 0, 1000).value_or(0);
    layer.energyPerMac =
        inner.quantity("energy_per_mac", Dimension::Energy, 0, 1000)
            .value_or(0);
    layer.code = inner.quantity("code", Dimension::Size, 0).value_or(0);
    layer.scratch = inner.quantity("scratch", Dimension::Size, 0).value_or(0);
    inner.finish();
    model.layers.push_back(layer);
  }
  std::vector<llvm::StringRef> sections(layerKinds.begin(), layerKinds.end());
  sections.push_back("kernel_code");
  reader.finish(sections);
  device.models.push_back(std::move(model));
}

/// `target = "cortex-m7";`. Empty where it is missing or wrong.
std::string SemanticAnalyzer::readTarget(SettingsReader &reader,
                                         const ast::Device &device) {
  const ast::Setting *setting = reader.take("target");
  if (!setting)
    return "";
  SourceRange range = setting->value->getRange();
  llvm::ArrayRef<llvm::StringRef> names = nas::getTargetNames();
  // `target = host`, which would be looked up as a name.
  if (const auto *name = dyn_cast<ast::NameReference>(setting->value.get())) {
    llvm::StringRef near =
        nearestName(name->name.text, names).value_or("cortex-m7");
    report(Diag::NAS6103, range, "the target of the device '", device.name.text,
           "' must be a string, found the name '", name->name.text, "'")
        .help("write target = \"", near, "\"; the targets are ",
              llvm::join(names, ", "));
    return "";
  }
  std::optional<Constant> written =
      checkConstant(*setting->value, TypeKind::String, "'target'");
  if (!written)
    return "";
  if (llvm::is_contained(names, llvm::StringRef(written->string)))
    return written->string;
  report(Diag::NAS6103, range, "the device '", device.name.text,
         "' has the unknown target '", written->string, "'")
      .suggest(written->string, names)
      .help("the targets are ", llvm::join(names, ", "));
  return "";
}

void SemanticAnalyzer::checkDevice(const ast::Device &device, Symbol *symbol) {
  DeviceSpec spec;
  spec.symbol = symbol;
  spec.node = &device;
  std::string owner = "the device '" + device.name.text + "'";
  SettingsReader reader(*this, device.entries, owner);
  spec.description = reader.string("description").value_or("");
  bool hasClock = llvm::any_of(device.entries, [](const auto &entry) {
    const auto *setting = dyn_cast<ast::Setting>(entry.get());
    return setting && setting->name.text == "clock";
  });
  spec.clock = reader.quantity("clock", Dimension::Frequency, 1).value_or(0);
  if (!hasClock)
    report(Diag::NAS4105, device.name.range, owner, " has no clock")
        .help("write for example 'clock = 480 MHz;'");
  spec.ram = reader.quantity("ram", Dimension::Size, 1);
  spec.flash = reader.quantity("flash", Dimension::Size, 1);
  spec.alignment =
      reader.quantity("alignment", Dimension::Size, 1).value_or(16);
  spec.stack = reader.quantity("stack", Dimension::Size).value_or(0);
  spec.staticRam = reader.quantity("static_ram", Dimension::Size).value_or(0);
  spec.runtimeFlash =
      reader.quantity("runtime_flash", Dimension::Size).value_or(0);
  spec.target = readTarget(reader, device);
  if (llvm::popcount(static_cast<uint64_t>(spec.alignment)) != 1)
    report(Diag::NAS1025, device.name.range, "the alignment of ", owner,
           " must be a power of two, but is ", spec.alignment);
  for (const ast::ConfigurationPtr &entry : device.entries) {
    if (const auto *table = dyn_cast<ast::Table>(entry.get())) {
      report(Diag::NAS4101, table->getRange(),
             "a table belongs into 'precision … { … }'");
      continue;
    }
    const auto *section = dyn_cast<ast::Section>(entry.get());
    if (!section)
      continue;
    if (section->name.text == "precision") {
      checkCostModel(*section, spec);
      continue;
    }
    report(Diag::NAS4101, section->name.range, owner, " has no section '",
           section->name.text, "'")
        .suggest(section->name.text, {"precision"})
        .help("what layers cost is written in 'precision int8 { … }'");
  }
  reader.finish({"precision"});
  bool hasTarget = llvm::any_of(device.entries, [](const auto &entry) {
    const auto *setting = dyn_cast<ast::Setting>(entry.get());
    return setting && setting->name.text == "target";
  });
  if (spec.models.empty() && !hasTarget && !diagnostics.hasErrors())
    report(Diag::NAS4105, device.name.range, owner,
           " has neither a cost model nor a target")
        .help("add 'precision int8 { … }' to know what networks cost there, "
              "or 'target = \"cortex-m7\";' to generate code for it");
  program.devices.push_back(std::move(spec));
}

const DeviceSpec *SemanticAnalyzer::findDevice(const ast::Name &name) {
  Symbol *symbol = globals.lookup(name.text);
  if (symbol && symbol->kind == SymbolKind::Device) {
    symbol->used = true;
    return program.device(symbol);
  }
  if (symbol) {
    report(Diag::NAS1004, name.range, "'", name.text, "' is no device but ",
           describe(symbol->kind))
        .note(symbol->range, "it is defined here");
    return nullptr;
  }
  std::vector<llvm::StringRef> names;
  for (const DeviceSpec &device : program.devices)
    names.push_back(device.symbol->name);
  DiagnosticBuilder builder =
      report(Diag::NAS3111, name.range, "unknown device '", name.text, "'");
  if (std::optional<std::string> file =
          findInLibrary(ast::NodeKind::Device, name.text)) {
    builder.help("the library has it: import \"", *file, "\";");
    return nullptr;
  }
  builder.suggest(name.text, names);
  if (names.empty())
    builder.help("import one, as in 'import \"devices/stm32h743zi.nas\";'");
  return nullptr;
}

bool SemanticAnalyzer::checkHasCosts(const DeviceSpec &device,
                                     llvm::StringRef precision,
                                     SourceRange range, llvm::StringRef what) {
  if (device.model(precision))
    return true;
  const std::string &name = device.symbol->name;
  if (device.models.empty()) {
    report(Diag::NAS6102, range, "the device '", name,
           "' has no cost model, so that it has no ", what)
        .note(device.symbol->range, "it is defined here")
        .help("describe what layers cost on it: 'precision ", precision,
              " { … }'");
    return false;
  }
  std::vector<llvm::StringRef> known;
  for (const CostModelSpec &model : device.models)
    known.push_back(model.precision);
  report(Diag::NAS6102, range, "the device '", name,
         "' has no cost model for the precision '", precision,
         "', so that it has no ", what)
      .note(device.symbol->range, "it describes ", llvm::join(known, ", "));
  return false;
}

//===----------------------------------------------------------------------===//
// Deployment
//===----------------------------------------------------------------------===//

static const llvm::StringRef emitWords[] = {"cost", "object", "c", "onnx"};

void SemanticAnalyzer::checkDeploy(const ast::Deploy &deploy) {
  for (const ast::ConfigurationPtr &entry : deploy.entries) {
    const auto *section = dyn_cast<ast::Section>(entry.get());
    if (!section) {
      report(Diag::NAS4101, entry->getRange(), "'deploy' has targets only")
          .help("write 'DEVICE { precision = int8; emit = [cost]; }'");
      continue;
    }
    const DeviceSpec *device = findDevice(section->name);
    TargetSpec target;
    target.range = section->getRange();
    SettingsReader reader(*this, section->entries,
                          "the target '" + section->name.text + "'");
    target.precision = reader.word("precision", precisions).value_or("");
    target.emit = reader.words("emit", emitWords);
    const ast::Setting *rounding = reader.take("rounding");
    if (rounding)
      target.rounding =
          reader.wordValue(*rounding->value, "'rounding'", {"single", "double"})
              .value_or("");
    const ast::Setting *calibration = reader.take("calibration");
    if (calibration)
      target.calibration =
          reader.integerValue(*calibration->value, "'calibration'", 1,
                              manySamples, Dimension::Images);
    reader.finish();
    if (!device)
      continue;
    target.device = device->symbol;
    auto first = llvm::find_if(program.targets, [&](const TargetSpec &one) {
      return one.device == target.device;
    });
    if (first != program.targets.end()) {
      report(Diag::NAS6101, section->name.range, "the target '",
             section->name.text, "' occurs twice")
          .note(first->range, "the first one is here");
      continue;
    }
    bool precisionGiven =
        llvm::any_of(section->entries, [](const auto &setting) {
          const auto *one = dyn_cast<ast::Setting>(setting.get());
          return one && one->name.text == "precision";
        });
    if (target.precision.empty() && precisionGiven)
      continue;
    if (target.precision.empty())
      target.precision = device->model("int8") ? "int8" : "float32";
    // Code needs no cost model.
    bool analysed = llvm::is_contained(target.emit, "cost") ||
                    (target.emit.empty() && !device->models.empty());
    if (analysed && !checkHasCosts(*device, target.precision,
                                   section->name.range, "analysis of costs"))
      continue;
    bool isQuantized = target.precision == "int8";
    for (const ast::Setting *setting : {rounding, calibration})
      if (setting && !isQuantized)
        report(Diag::NAS6104, setting->name.range, "'", setting->name.text,
               "' is of int8, but the target '", section->name.text,
               "' has the precision '", target.precision, "'")
            .help("leave it out, or write precision = int8");
    program.targets.push_back(std::move(target));
  }
}
