//===- CostOps.td - Operations of the cost dialect ---------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_COSTOPS_TD
#define NASC_DIALECTS_COST_COSTOPS_TD

include "dialects/cost/CostBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Operation classes
//===----------------------------------------------------------------------===//

class Cost_Op<string mnemonic, list<Trait> traits = []>
    : Op<Cost_Dialect, mnemonic, traits>;

// An operation whose result range follows from its operands' ranges.
class Cost_Expression<string mnemonic, list<Trait> traits = []>
    : Cost_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<InferTypeOpInterface>], traits)> {
  let results = (outs Cost_Integer:$result);
  let hasFolder = 1;
  let extraClassDeclaration = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred,
                                        ::mlir::TypeRange stated);
  }];
}

class Cost_Binary<string mnemonic, list<Trait> traits = []>
    : Cost_Expression<mnemonic, traits> {
  let arguments = (ins Cost_Integer:$lhs, Cost_Integer:$rhs);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

def Cost_ConstantOp : Cost_Op<"constant", [Pure, ConstantLike,
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "An integer";
  let description = [{
    ```mlir
    %five = cost.constant 5 : !cost.int<5>
    ```
  }];
  let arguments = (ins I64Attr:$value);
  let results = (outs Cost_Integer:$result);
  let assemblyFormat = "$value attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "int64_t":$value)>];
  let hasFolder = 1;
}

// Without memory effects stated, so that a choice that no cost depends on stays:
// it still tells architectures apart.
def Cost_ChoiceOp : Cost_Op<"choice"> {
  let summary = "The value of a choice of the space";
  let description = [{
    Stands for the value that an architecture gives to the choice of that name.
    `values` are the values of the domain in the order of the space; the
    operation is what a reader of the function (solver, compiler, interval
    evaluation) has to bind.

    A symbolic choice (of blocks or operations) is the position in its list of
    alternatives; a real choice the position in its grid. Where a choice is
    inactive in an architecture its value is unspecified, and no result of the
    function depends on it.

    ```mlir
    %width = cost.choice "width[3]" in [16, 24, 32] : !cost.int<16 to 32>
    ```
  }];
  let arguments = (ins StrAttr:$choice, DenseI64ArrayAttr:$values);
  let results = (outs Cost_Integer:$result);
  let assemblyFormat = "$choice `in` $values attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Cost_AddOp : Cost_Binary<"add", [Commutative]> {
  let summary = "The sum of two integers";
  let description = [{
    ```mlir
    %sum = cost.add %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<3 to 7>
    ```
  }];
}

def Cost_SubOp : Cost_Binary<"sub"> {
  let summary = "The difference of two integers";
  let description = [{
    ```mlir
    %d = cost.sub %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<-2 to 2>
    ```
  }];
}

def Cost_MulOp : Cost_Binary<"mul", [Commutative]> {
  let summary = "The product of two integers";
  let description = [{
    ```mlir
    %p = cost.mul %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<2 to 12>
    ```
  }];
}

def Cost_FloorDivOp : Cost_Binary<"floordiv"> {
  let summary = "The quotient of two integers, rounded down";
  let description = [{
    The divisor is positive: its range must exclude zero and below.

    ```mlir
    %q = cost.floordiv %a, %b : !cost.int<1 to 9>, !cost.int<2 to 3> -> !cost.int<0 to 4>
    ```
  }];
  let hasVerifier = 1;
}

def Cost_CeilDivOp : Cost_Binary<"ceildiv"> {
  let summary = "The quotient of two integers, rounded up";
  let description = [{
    The divisor is positive: its range must exclude zero and below.

    ```mlir
    %q = cost.ceildiv %a, %b : !cost.int<1 to 9>, !cost.int<2 to 3> -> !cost.int<1 to 5>
    ```
  }];
  let hasVerifier = 1;
}

def Cost_ModOp : Cost_Binary<"mod"> {
  let summary = "The remainder of a division rounded down";
  let description = [{
    The divisor is positive, and the remainder between zero and the divisor
    less one, also for a negative dividend.

    ```mlir
    %r = cost.mod %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 3>
    ```
  }];
  let hasVerifier = 1;
}

def Cost_MinOp : Cost_Binary<"min", [Commutative]> {
  let summary = "The smaller of two integers; the conjunction of truth values";
  let description = [{
    ```mlir
    %m = cost.min %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 4>
    ```
  }];
}

def Cost_MaxOp : Cost_Binary<"max", [Commutative]> {
  let summary = "The larger of two integers; the disjunction of truth values";
  let description = [{
    ```mlir
    %m = cost.max %a, %b : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<4 to 9>
    ```
  }];
}

def Cost_Equal : I64EnumAttrCase<"eq", 0>;
def Cost_NotEqual : I64EnumAttrCase<"ne", 1>;
def Cost_Less : I64EnumAttrCase<"lt", 2>;
def Cost_LessOrEqual : I64EnumAttrCase<"le", 3>;
def Cost_Greater : I64EnumAttrCase<"gt", 4>;
def Cost_GreaterOrEqual : I64EnumAttrCase<"ge", 5>;
def Cost_Predicate : I64EnumAttr<"Predicate", "how two integers are compared",
    [Cost_Equal, Cost_NotEqual, Cost_Less, Cost_LessOrEqual, Cost_Greater,
     Cost_GreaterOrEqual]> {
  let cppNamespace = "::nasc::cost";
}

def Cost_CmpOp : Cost_Expression<"cmp"> {
  let summary = "The comparison of two integers";
  let description = [{
    One where the comparison holds, zero where it does not.

    ```mlir
    %b = cost.cmp le %a, %limit : !cost.int<0 to 9>, !cost.int<4> -> !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins Cost_Predicate:$predicate, Cost_Integer:$lhs, Cost_Integer:$rhs);
  let assemblyFormat = "$predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
}

def Cost_SelectOp : Cost_Expression<"select"> {
  let summary = "One of two integers, by a truth value";
  let description = [{
    ```mlir
    %r = cost.select %c, %a, %b : !cost.int<0 to 1>, !cost.int<3>, !cost.int<5> -> !cost.int<3 to 5>
    ```
  }];
  let arguments = (ins Cost_Integer:$condition, Cost_Integer:$trueValue, Cost_Integer:$falseValue);
  let assemblyFormat = [{
    $condition `,` $trueValue `,` $falseValue attr-dict `:`
    type($condition) `,` type($trueValue) `,` type($falseValue) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Cost_TableOp : Cost_Op<"table", [Symbol, IsolatedFromAbove]> {
  let summary = "Measured costs by keys";
  let description = [{
    Row `i` says that the cost for the keys `keys[i]` is `values[i]`. No two
    rows have the same keys.

    ```mlir
    cost.table @conv2d_latency keys ["height", "channels"]
        rows [[32, 16], [16, 32]] values [1500, 900]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$keys,
      TypedArrayAttrBase<DenseI64ArrayAttr, "an array of rows of integers">:$rows,
      DenseI64ArrayAttr:$values);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Cost_LookupOp : Cost_Op<"lookup", [Pure,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The entry of a table, or another value where it has none";
  let description = [{
    The result's range must hold all entries whose keys the operands can take,
    and the default unless every combination of keys has an entry.

    ```mlir
    %r = cost.lookup @conv2d_latency[%h, %c] else %d
        : (!cost.int<16 to 32>, !cost.int<16 to 32>), !cost.int<0> -> !cost.int<0 to 1500>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$table, Variadic<Cost_Integer>:$keys,
                       Cost_Integer:$otherwise);
  let results = (outs Cost_Integer:$result);
  let assemblyFormat = [{
    $table `[` $keys `]` `else` $otherwise attr-dict `:`
    `(` type($keys) `)` `,` type($otherwise) `->` type($result)
  }];
}

//===----------------------------------------------------------------------===//
// Functions and what they state
//===----------------------------------------------------------------------===//

def Cost_FunctionOp : Cost_Op<"function", [Symbol, IsolatedFromAbove,
    NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "All costs of the architectures of a space";
  let description = [{
    One block of expressions over the choices of the space, followed or
    interleaved by operations that state what the expressions mean: when a
    choice is active, what a metric is, what a limit asks for, what a layer
    contributes. All metrics share one function so that they share
    subexpressions.

    ```mlir
    cost.function @tiny {
      %width = cost.choice "width" in [8, 16] : !cost.int<8 to 16>
      %nine = cost.constant 9 : !cost.int<9>
      %weights = cost.mul %width, %nine : !cost.int<8 to 16>, !cost.int<9> -> !cost.int<72 to 144>
      cost.metric "weights" = %weights : !cost.int<72 to 144>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Cost_ActivityOp : Cost_Op<"activity", [HasParent<"FunctionOp">]> {
  let summary = "When a choice is active";
  let description = [{
    A choice without an activity is active in every architecture. Two
    assignments that differ only in inactive choices are one architecture.

    ```mlir
    cost.activity "width[3]" = %deep : !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins StrAttr:$choice, Cost_TruthValue:$active);
  let assemblyFormat = "$choice `=` $active attr-dict `:` type($active)";
}

def Cost_MetricOp : Cost_Op<"metric", [HasParent<"FunctionOp">]> {
  let summary = "A metric of an architecture";
  let description = [{
    The value of a metric, in its integer unit: `macs`, `weights` and `params`
    count; `flash` and `ram` are bytes; `latency` is in picoseconds; `energy`
    in picojoules. The last four are of a device.

    ```mlir
    cost.metric "ram" on "h743" = %bytes : !cost.int<4096 to 65536>
    ```
  }];
  let arguments = (ins StrAttr:$metric, OptionalAttr<StrAttr>:$device, Cost_Integer:$value);
  let assemblyFormat = "$metric (`on` $device^)? `=` $value attr-dict `:` type($value)";
}

def Cost_LimitOp : Cost_Op<"limit", [HasParent<"FunctionOp">]> {
  let summary = "A condition that every feasible architecture meets";
  let description = [{
    `text` is the limit as the user wrote it. Where the limit compares one
    metric with one number, `metric`, `device` and `bound` say so, for
    explanations.

    ```mlir
    cost.limit "ram on h743 <= 32 KiB" %holds : !cost.int<0 to 1>
    ```
  }];
  let arguments = (ins StrAttr:$text, Cost_TruthValue:$holds,
                       OptionalAttr<StrAttr>:$metric, OptionalAttr<StrAttr>:$device,
                       OptionalAttr<I64Attr>:$bound, UnitAttr:$implied);
  let assemblyFormat = [{
    $text $holds (`metric` $metric^)? (`on` $device^)? (`bound` $bound^)?
    (`implied` $implied^)? attr-dict `:` type($holds)
  }];
}

def Cost_ExclusionOp : Cost_Op<"exclusion", [HasParent<"FunctionOp">]> {
  let summary = "Two values that no feasible architecture has together";
  let description = [{
    Each of the values is in some feasible architecture, and there are
    architectures with both, but none of those is feasible. Follows from the
    limits; `cost-prune` records it where it is cheap to find.

    ```mlir
    cost.exclusion "width[1]" = 96, "width[2]" = 16
    ```
  }];
  let arguments = (ins StrAttr:$firstChoice, I64Attr:$firstValue,
                       StrAttr:$secondChoice, I64Attr:$secondValue);
  let assemblyFormat = [{
    $firstChoice `=` $firstValue `,` $secondChoice `=` $secondValue attr-dict
  }];
}

def Cost_LayerOp : Cost_Op<"layer", [HasParent<"FunctionOp">, AttrSizedOperandSegments]> {
  let summary = "What one layer contributes to the metrics";
  let description = [{
    The layer `name` of kind `kind` exists where `active` is one; there, its
    input and output shapes are `inputShape` and `outputShape`, and it
    contributes `values[i]` to the metric `metrics[i]` (`latency on h743`).
    Latencies and energies of layers are before the rounding of the total.

    ```mlir
    cost.layer "conv2d" kind "conv2d" active %on : !cost.int<1>
        shapes (%h, %w, %c) -> (%oh, %ow, %oc) : (!cost.int<28>, !cost.int<28>, !cost.int<1>)
               -> (!cost.int<14>, !cost.int<14>, !cost.int<8 to 32>)
        metrics ["macs"] = (%macs) : !cost.int<14112 to 56448>
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$kind, Cost_TruthValue:$active,
                       Variadic<Cost_Integer>:$inputShape, Variadic<Cost_Integer>:$outputShape,
                       StrArrayAttr:$metrics, Variadic<Cost_Integer>:$values);
  let assemblyFormat = [{
    $name `kind` $kind `active` $active `:` type($active)
    `shapes` `(` $inputShape `)` `->` `(` $outputShape `)` `:` `(` type($inputShape) `)` `->` `(` type($outputShape) `)`
    `metrics` $metrics `=` `(` $values `)` (`:` type($values)^)? attr-dict
  }];
  let hasVerifier = 1;
}

#endif // NASC_DIALECTS_COST_COSTOPS_TD
