//===- SearchOps.td - The search dialect -------------------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_SEARCH_SEARCHOPS_TD
#define NASC_DIALECTS_SEARCH_SEARCHOPS_TD

include "dialects/nas/NasBase.td"
include "dialects/search/SearchEnums.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Search_Dialect : Dialect {
  let name = "search";
  let cppNamespace = "::nasc::search";
  let summary = "A search as a pipeline of typed stages";
  let description = [{
    A search is a `search.pipeline` of stages. A stage takes a space or a
    population and returns one: `search.prune` a smaller space, `search.evolve`
    a population of trained candidates, `search.train` the best of them trained
    further. Types keep stages apart that do not fit together, and a new method
    is a new operation and a class behind `runtime/search`'s stage interface.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Search_Type<string name, string typeMnemonic> : TypeDef<Search_Dialect, name> {
  let mnemonic = typeMnemonic;
}
def Search_Space : Search_Type<"Space", "space"> {
  let summary = "a set of architectures";
}
def Search_Population : Search_Type<"Population", "population"> {
  let summary = "evaluated architectures";
}

def Search_ChoiceAttr : AttrDef<Search_Dialect, "Choice"> {
  let mnemonic = "choice";
  let summary = "a setting whose value is a choice of the space";
  let description = [{
    `#search.choice<"rate">` stands for the value that the architecture gives to
    the choice `rate`.
  }];
  let parameters = (ins "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}

def Search_ObjectiveAttr : AttrDef<Search_Dialect, "Objective"> {
  let mnemonic = "objective";
  let summary = "what the search makes large or small";
  let description = [{
    `#search.objective<maximize "accuracy">` is the accuracy on the validation
    samples, `#search.objective<minimize "latency" on @h743>` a metric of the
    cost function on a device.
  }];
  let parameters = (ins EnumParameter<Search_Direction>:$direction,
                        "::mlir::StringAttr":$metric,
                        OptionalParameter<"::mlir::FlatSymbolRefAttr">:$device);
  let assemblyFormat = "`<` $direction $metric (`on` $device^)? `>`";
  let genVerifyDecl = 1;
}

def Search_TrainingAttr : AttrDef<Search_Dialect, "Training"> {
  let mnemonic = "training";
  let summary = "how networks are trained";
  let description = [{
    What is absent is up to the trainer. Numbers may be those of a choice of the
    space (`#search.choice`).

    | setting | meaning |
    |---|---|
    | `epochs` | how often training goes through the samples |
    | `images` | samples of an epoch; absent: all |
    | `batch` | samples of a step (128) |
    | `optimizer`, `learning_rate`, `momentum`, `weight_decay` | `adam`, 0.001, 0, 0 |
    | `schedule`, `step_every`, `step_factor` | `cosine`; with `step`, the rate is multiplied by the factor (0.1) after so many epochs (1) |
    | `loss`, `label_smoothing` | `cross_entropy`, 0 |
    | `quantize`, `quantize_epochs` | the precision whose rounding the last epochs of training see, and how many do: both or neither |

    `#search.training<epochs = 8, learning_rate = #search.choice<"rate">>` trains
    for 8 epochs at the rate that the architecture chooses.
  }];
  let parameters = (ins "int64_t":$epochs,
      Nas_OptionalParameter<"int64_t">:$images,
      OptionalParameter<"::mlir::Attribute">:$batch,
      Nas_OptionalKeyword<Search_Optimizer>:$optimizer,
      OptionalParameter<"::mlir::Attribute">:$learning_rate,
      OptionalParameter<"::mlir::Attribute">:$momentum,
      OptionalParameter<"::mlir::Attribute">:$weight_decay,
      Nas_OptionalKeyword<Search_Schedule>:$schedule,
      Nas_OptionalParameter<"int64_t">:$step_every,
      OptionalParameter<"::mlir::Attribute">:$step_factor,
      Nas_OptionalKeyword<Search_Loss>:$loss,
      OptionalParameter<"::mlir::Attribute">:$label_smoothing,
      Nas_OptionalKeyword<Nas_Precision>:$quantize,
      Nas_OptionalParameter<"int64_t">:$quantize_epochs);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Calls `setting` with the name and the value, as text, of each setting
    /// that is given, in the order of their names.
    void forEachSetting(
        ::llvm::function_ref<void(::llvm::StringRef, const ::std::string &)> setting) const;
  }];
}

class Search_Op<string mnemonic, list<Trait> traits = []>
    : Op<Search_Dialect, mnemonic, traits>;

def Search_PipelineOp : Search_Op<"pipeline", [NoTerminator, SingleBlock, NoRegionArguments,
    IsolatedFromAbove, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The search of a space";
  let description = [{
    `seed` determines every random decision. `time_limit`, in seconds, only cuts
    the sequence of evaluations short.

    ```mlir
    search.pipeline @tiny objectives [#search.objective<maximize "accuracy">] seed 1 {
      %0 = search.space
      %1 = search.prune %0
      %2 = search.evolve %1 population 24 evaluations 96 training <epochs = 1>
      %3 = search.train %2 keep 3 training <epochs = 8> : !search.population
      search.deploy %3 on @host precision float32 emit [object] : !search.population
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$space,
      TypedArrayAttrBase<Search_ObjectiveAttr, "objectives">:$objectives,
      I64Attr:$seed, OptionalAttr<I64Attr>:$threads, OptionalAttr<I64Attr>:$time_limit);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $space `objectives` $objectives `seed` $seed (`threads` $threads^)?
    (`time_limit` $time_limit^)? attr-dict-with-keyword $body
  }];
}

def Search_SpaceOp : Search_Op<"space", [HasParent<"PipelineOp">]> {
  let summary = "All architectures of the pipeline's space";
  let description = [{
    ```mlir
    search.pipeline @tiny objectives [] seed 1 {
      %0 = search.space
    }
    ```
  }];
  let results = (outs Search_Space:$result);
  let assemblyFormat = "attr-dict";
}

def Search_PruneOp : Search_Op<"prune", [HasParent<"PipelineOp">]> {
  let summary = "The space without values that occur in no feasible architecture";
  let description = [{
    `timeout` bounds the solver, in milliseconds; what it leaves undecided stays.

    ```mlir
    search.pipeline @tiny objectives [] seed 1 {
      %0 = search.space
      %1 = search.prune %0 timeout 30000
    }
    ```
  }];
  let arguments = (ins Search_Space:$space, OptionalAttr<I64Attr>:$timeout);
  let results = (outs Search_Space:$result);
  let assemblyFormat = "$space (`timeout` $timeout^)? attr-dict";
  let hasVerifier = 1;
}

def Search_EvolveOp : Search_Op<"evolve", [HasParent<"PipelineOp">]> {
  let summary = "A population evolved by NSGA-II";
  let description = [{
    Draws `population` feasible architectures, trains them as `training` says,
    and breeds until `evaluations` different architectures were trained.
    `crossover` is the probability that a child has two parents, `mutation`
    that a choice of a child is drawn anew (absent: one over the number of
    active choices). Every candidate meets the limits before it is trained.

    ```mlir
    search.pipeline @tiny objectives [] seed 1 {
      %0 = search.space
      %1 = search.evolve %0 population 24 evaluations 96 training <epochs = 1, images = 10000>
    }
    ```
  }];
  let arguments = (ins Search_Space:$space,
      DefaultValuedAttr<Search_Algorithm, "::nasc::search::Algorithm::NSGA2">:$algorithm, I64Attr:$population,
      I64Attr:$evaluations, DefaultValuedAttr<F64Attr, "0.9">:$crossover,
      OptionalAttr<F64Attr>:$mutation, Search_TrainingAttr:$training);
  let results = (outs Search_Population:$result);
  let assemblyFormat = [{
    $space (`algorithm` $algorithm^)? `population` $population `evaluations` $evaluations
    (`crossover` $crossover^)? (`mutation` $mutation^)? `training` $training attr-dict
  }];
  let hasVerifier = 1;
}

def Search_TrainOp : Search_Op<"train", [HasParent<"PipelineOp">]> {
  let summary = "The best of a population, trained further";
  let description = [{
    Keeps `keep` architectures of the front, by accuracy and spread, and trains
    each from its beginning as `training` says, with a checkpoint every
    `checkpoint` epochs. Of a space without choices it trains the one network.

    ```mlir
    search.pipeline @tiny objectives [] seed 1 {
      %0 = search.space
      %1 = search.evolve %0 population 24 evaluations 96 training <epochs = 1>
      %2 = search.train %1 keep 3 training <epochs = 8> : !search.population
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[Search_Population, Search_Space]>:$candidates, I64Attr:$keep,
      DefaultValuedAttr<I64Attr, "1">:$checkpoint, Search_TrainingAttr:$training);
  let results = (outs Search_Population:$result);
  let assemblyFormat = [{
    $candidates `keep` $keep (`checkpoint` $checkpoint^)? `training` $training attr-dict
    `:` type($candidates)
  }];
  let hasVerifier = 1;
}

def Search_DeployOp : Search_Op<"deploy", [HasParent<"PipelineOp">,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Code and cost analyses for a target";
  let description = [{
    `emit` says what is made for the target: `cost` (the analysis), `object` (an
    object file, a header and a program that runs it), `c` (portable C99) or
    `onnx`. Code of int8 is made with a `rounding`, `single` (TOSA's, one shift
    for each layer; the default) or `double` (TFLite's), and `calibration` is
    the number of samples that the ranges of activations are taken from.

    ```mlir
    search.pipeline @tiny objectives [] seed 1 {
      %0 = search.space
      %1 = search.train %0 keep 1 training <epochs = 1> : !search.space
      search.deploy %1 on @host precision float32 emit [object] : !search.population
      search.deploy %1 on @h743 precision int8 emit [object, c] rounding double calibration 500 : !search.population
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[Search_Population, Search_Space]>:$networks, FlatSymbolRefAttr:$device,
      Nas_Precision:$precision,
      TypedArrayAttrBase<Search_Emission, "what is made for the target">:$emit,
      OptionalAttr<Search_Rounding>:$rounding, OptionalAttr<I64Attr>:$calibration);
  let assemblyFormat = [{
    $networks `on` $device `precision` $precision `emit` custom<Emissions>($emit)
    (`rounding` $rounding^)? (`calibration` $calibration^)? attr-dict
    `:` type($networks)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    bool emits(::nasc::search::Emission emission);
  }];
}

#endif // NASC_DIALECTS_SEARCH_SEARCHOPS_TD
