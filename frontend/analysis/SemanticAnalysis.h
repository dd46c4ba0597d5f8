//===- SemanticAnalysis.h - What a specification means ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks a parsed program: names, types, units, arguments, domains, settings.
// The result refers to the tree and says for every expression what it is; the
// settings of datasets, devices, search and deployment are plain data with all
// numbers in base units.
//
// Nothing here needs MLIR, so that `nasc --check` starts at once.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_SEMANTICANALYSIS_H
#define NASC_FRONTEND_ANALYSIS_SEMANTICANALYSIS_H

#include "frontend/analysis/Symbols.h"
#include "frontend/diagnostics/Diagnostic.h"
#include "frontend/syntax/Parser.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

//===----------------------------------------------------------------------===//
// Datasets, networks and devices
//===----------------------------------------------------------------------===//

/// A dataset and its settings. Paths are as written: relative ones start at
/// the folder of the file that defines the dataset.
struct DatasetSpec {
  const Symbol *symbol = nullptr;
  const ast::Dataset *node = nullptr;
  /// `idx`, `cifar` or `raw`.
  std::string kind;
  std::vector<std::string> sources;
  /// Files of CIFAR's two parts, where they are named.
  std::vector<std::string> trainFiles, testFiles;
  /// Held-out samples.
  std::optional<int64_t> validation;
  /// One number for all channels, or one for each; on data in the unit
  /// interval where they are stored as 8-bit unsigned integers.
  std::vector<double> mean, deviation;
  /// Augmentation: largest shift in pixels, one for all axes or one for each,
  /// and whether to mirror.
  std::vector<int64_t> shift;
  bool flipHorizontal = false;
  /// Of raw data. `element` is `int8`, `uint8` or `float32`.
  std::string element, index, label, split;
  /// The column of the index with the records' numbers; empty: `row`, or the
  /// lines where there is none.
  std::string record;
  /// `record = line`, `unlisted = ignore`.
  bool recordsAreLines = false, ignoresUnlisted = false;
  std::vector<std::string> classes;
  /// The target of the training is the input itself.
  bool targetIsInput = false;
  /// The shape of a sample, channels last; empty where only the data know.
  std::vector<int64_t> shape;
  /// The number of classes; nothing where only the data know, or where there
  /// are none.
  std::optional<int64_t> classCount;
  /// How many samples are held out for the validation; nothing where only the
  /// data know.
  std::optional<int64_t> validationSamples;

  /// Where a setting is written; the source of the data where it is not.
  SourceRange settingRange(llvm::StringRef setting) const;
};

/// A trained network of a file. The path is as written: a relative one starts
/// at the folder of the file that defines the network.
struct NetworkSpec {
  const Symbol *symbol = nullptr;
  const ast::Network *node = nullptr;
  /// `onnx`.
  std::string kind;
  std::string source;
  /// The samples that it is calibrated and tested with; null without.
  const Symbol *dataset = nullptr;
  /// Where the file's input has its channels: `channels_first`,
  /// `channels_last`, or empty if the operators that read it say so.
  std::string layout;
};

/// What a device's cost model says of one kind of layer. Cycles are in
/// thousandths, energies in femtojoules, sizes in bytes.
struct LayerCostSpec {
  std::string kind;
  int64_t cyclesPerMac = 0, cyclesPerOutput = 0, overhead = 0;
  int64_t energyPerMac = 0, code = 0, scratch = 0;
  SourceRange range;
};

/// A measured table, read from its file: a row of keys for each value.
struct LatencyTableSpec {
  std::string kind;
  std::vector<std::string> keys;
  std::vector<std::vector<int64_t>> rows;
  /// Thousandths of a cycle.
  std::vector<int64_t> values;
  SourceRange range;
};

struct CostModelSpec {
  std::string precision;
  int64_t elementBytes = 1, biasBytes = 4;
  /// Thousandths of a cycle, femtojoules.
  int64_t cyclesPerByte = 0, energyPerByte = 0;
  std::vector<LayerCostSpec> layers;
  std::vector<LatencyTableSpec> tables;
  SourceRange range;
  /// The bytes of kernels that layers share, by name; empty without.
  std::vector<std::pair<std::string, int64_t>> kernelCode;
};

/// A device. Sizes are in bytes, the clock in hertz.
struct DeviceSpec {
  const Symbol *symbol = nullptr;
  const ast::Device *node = nullptr;
  std::string description;
  int64_t clock = 0;
  std::optional<int64_t> ram, flash;
  int64_t alignment = 16, stack = 0, staticRam = 0, runtimeFlash = 0;
  /// The machine that code is generated for, one of nas::getTargetNames();
  /// empty for a device that costs are known of only.
  std::string target;
  /// Empty for a device that code is generated for only.
  std::vector<CostModelSpec> models;

  const CostModelSpec *model(llvm::StringRef precision) const;
};

//===----------------------------------------------------------------------===//
// Search and deployment
//===----------------------------------------------------------------------===//

/// A number of a training setting, or the choice that gives it.
struct HyperParameter {
  std::optional<Constant> constant;
  const Symbol *choice = nullptr;
  SourceRange range;

  bool isSet() const { return constant || choice; }
};

/// How networks are trained. Unset numbers take the defaults of the trainer.
struct TrainingSpec {
  std::optional<int64_t> epochs;
  /// Images that an epoch sees; all where not set.
  std::optional<int64_t> imagesPerEpoch;
  HyperParameter batch;
  /// `sgd`, `adam`, `adamw`; empty where not set.
  std::string optimizer;
  HyperParameter learningRate, momentum, weightDecay;
  /// `constant`, `cosine`, `step`; empty where not set.
  std::string schedule;
  std::optional<int64_t> stepEvery;
  HyperParameter stepFactor;
  /// `cross_entropy`, `mean_squared_error`; empty where not set.
  std::string loss;
  HyperParameter labelSmoothing;
  /// Epochs between checkpoints.
  std::optional<int64_t> checkpoint;
  /// Of train: the precision whose rounding the training feels (`int8`), and
  /// the number of epochs, the last ones, in which it does. Both or none.
  std::string quantize;
  std::optional<int64_t> quantizeEpochs;
};

enum class StageKind { Prune, Evolve, Train };

struct StageSpec {
  StageKind kind;
  SourceRange range;
  /// Of prune: seconds.
  std::optional<double> timeout;
  /// Of evolve.
  std::string algorithm = "nsga2";
  std::optional<int64_t> population, evaluations;
  std::optional<double> crossover, mutation;
  /// Of train: how many networks it takes over.
  std::optional<int64_t> keep;
  TrainingSpec training;
};

struct ObjectiveSpec {
  bool maximize = false;
  std::string metric;
  /// Null for a metric that is of no device.
  const Symbol *device = nullptr;
  SourceRange range;
};

struct SearchSpec {
  const ast::Search *node = nullptr;
  std::vector<ObjectiveSpec> objectives;
  std::vector<StageSpec> stages;
  std::optional<int64_t> seed, threads;
  /// Seconds.
  std::optional<double> time;
};

struct TargetSpec {
  const Symbol *device = nullptr;
  std::string precision;
  /// What is made, as written: `cost`, `object`, `c`, `onnx`.
  std::vector<std::string> emit;
  /// Of int8: `single` or `double`; empty where not set.
  std::string rounding;
  /// Of int8: the number of samples that ranges are taken from.
  std::optional<int64_t> calibration;
  SourceRange range;
};

//===----------------------------------------------------------------------===//
// Choices by their full names
//===----------------------------------------------------------------------===//

/// A choice at one place: `width[3]`, `stage2.kernel[1]`.
struct ExpandedChoice {
  std::string name;
  const Symbol *choice;
  /// Active in every architecture.
  bool alwaysActive = false;
};

/// All choices of the space, in the order of declaration and execution, found
/// by running through the space with every bound as wide as it can be.
struct ExpandedSpace {
  std::vector<ExpandedChoice> choices;
  /// Positions in `choices` by name.
  llvm::StringMap<unsigned> byName;
  /// Positions by the name without the numbers: `stage[].kernel[]`.
  llvm::MapVector<std::string, std::vector<unsigned>, llvm::StringMap<unsigned>>
      byPattern;
  /// False where the space was too large or had errors, so that names may be
  /// missing.
  bool complete = true;

  const ExpandedChoice *find(llvm::StringRef name) const;
};

//===----------------------------------------------------------------------===//
// The checked program
//===----------------------------------------------------------------------===//

/// What is known of an expression.
struct ExpressionInfo {
  Type type;
  std::optional<Constant> constant;
  /// What a name refers to; of an index expression, the choice that it names.
  const Symbol *symbol = nullptr;
};

/// The result of the analysis. It may be translated only where the analysis
/// reported no error.
struct CheckedProgram {
  ParsedProgram parsed;
  /// Owners of all symbols and bodies.
  std::vector<std::unique_ptr<Symbol>> symbols;
  std::vector<std::unique_ptr<Body>> bodies;

  llvm::DenseMap<const ast::Expr *, ExpressionInfo> expressions;
  /// Of statements that define or rebind a name, the name's symbol; of repeats
  /// the loop variable; of local blocks the block.
  llvm::DenseMap<const ast::Node *, Symbol *> definitions;

  /// The name of a call among the calls of its body: the name of the block,
  /// with an ordinal where the body calls it at several places. A call of an
  /// operation has one for each block that the operation can be.
  llvm::DenseMap<std::pair<const ast::Call *, const Symbol *>, std::string>
      places;

  std::vector<DatasetSpec> datasets;
  std::vector<NetworkSpec> networks;
  std::vector<DeviceSpec> devices;
  /// Null for a file without a space (a library).
  Body *space = nullptr;
  /// The dataset that the space is trained on; null where there is none.
  const DatasetSpec *spaceDataset = nullptr;
  /// The input's shape; empty where the dataset has to say it, or where the
  /// space has no input.
  std::vector<int64_t> inputShape;
  /// The result's shape; likewise.
  std::vector<int64_t> resultShape;
  /// Whether the result is a number for each class.
  bool classification = true;
  ExpandedSpace expanded;
  std::vector<const ast::Limits *> limits;
  std::optional<SearchSpec> search;
  std::vector<const ast::Deploy *> deployNodes;
  std::vector<TargetSpec> targets;

  const ExpressionInfo &info(const ast::Expr &expr) const;
  /// What a limit means by an expression: the value of a `let` of the space
  /// where it is the name of one, else the expression itself.
  const ast::Expr &meaning(const ast::Expr &expr) const;
  Type typeOf(const ast::Expr &expr) const { return info(expr).type; }
  const DeviceSpec *device(const Symbol *symbol) const;
  const DatasetSpec *dataset(const Symbol *symbol) const;
  /// The precision for which metrics on a device are: the one that `deploy`
  /// names, else int8 where the device has it, else float32. The device need
  /// not have a cost model for it; then it has no metrics.
  std::string precisionOf(const Symbol *device) const;
};

/// What a data file says of its samples.
struct DatasetFinding {
  Diag code;
  /// The setting that is to blame, or empty for the source.
  std::string setting;
  std::string message;
  /// Empty where there is nothing to add.
  std::string help;
  /// A name that the data do not have, and those that they have.
  std::string unknown;
  std::vector<std::string> known;
};

/// What the files of a dataset say. Where a finding is an error, the rest is
/// not known.
struct DatasetContents {
  std::vector<int64_t> shape;
  /// Nothing where there are no classes.
  std::optional<int64_t> classes;
  std::optional<int64_t> validationSamples;
  std::vector<DatasetFinding> findings;
};

/// Looks into the files of a dataset for what its settings do not say, and for
/// what contradicts them.
using DatasetInspector =
    std::function<DatasetContents(const DatasetSpec &dataset)>;

/// Reports a finding at the place of the setting that is to blame.
void reportFinding(DiagnosticEngine &diagnostics, SourceRange place,
                   const DatasetFinding &finding);

/// Checks a program and reports all errors. Never fails: what could not be
/// understood is left out, and `diagnostics` has the errors.
std::unique_ptr<CheckedProgram> analyze(ParsedProgram parsed,
                                        SourceManager &sources,
                                        DiagnosticEngine &diagnostics,
                                        const DatasetInspector &inspector = {});

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_SEMANTICANALYSIS_H
