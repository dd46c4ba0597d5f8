//===- CostBase.td - The cost dialect and its type ---------*- tablegen -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_COSTBASE_TD
#define NASC_DIALECTS_COST_COSTBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def Cost_Dialect : Dialect {
  let name = "cost";
  let cppNamespace = "::nasc::cost";
  let summary = "Integer expressions over the choices of a search space";
  let description = [{
    A cost (multiply-accumulates, bytes of flash, picoseconds, …) of every
    architecture of a space is written once, as one expression in the choices
    of the space. The same expression is proved over by an SMT solver, compiled
    to machine code, bounded by intervals, and evaluated; so the dialect is
    small on purpose. It has constants, choices, sums, differences, products,
    division rounding down and up, remainders, minimum, maximum, comparisons,
    selection and table lookup, and nothing else.

    Values are mathematical integers. Each states in its type a range that
    holds it for every architecture; ranges follow from the operands by
    interval arithmetic and are checked by the verifier. A value whose range
    fits 64 bits can be computed in 64-bit machine arithmetic without ever
    wrapping, which is what makes the compiled function equal to the
    mathematical one.

    A truth value is an integer in `0 to 1`: conjunction is `cost.min`,
    disjunction `cost.max`, negation `cost.sub` from one.
  }];
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

class Cost_Type<string name, string typeMnemonic>
    : TypeDef<Cost_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Cost_Integer : Cost_Type<"Integer", "int"> {
  let summary = "an integer with a stated range";
  let description = [{
    `!cost.int<16 to 96>` is an integer between 16 and 96, both included,
    `!cost.int<5>` is five, and `!cost.int` an integer of which nothing is
    known. An end that does not fit 64 bits is unbounded.
  }];
  let parameters = (ins "int64_t":$lower, "int64_t":$upper);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [TypeBuilder<(ins "::nasc::cost::Range":$range), [{
    return $_get($_ctxt, range.lower, range.upper);
  }]>];
  let extraClassDeclaration = [{
    ::nasc::cost::Range getRange() const { return {getLower(), getUpper()}; }
  }];
}

def Cost_TruthValue : Type<And<[Cost_Integer.predicate,
    CPred<"::llvm::cast<::nasc::cost::IntegerType>($_self).getLower() >= 0 && "
          "::llvm::cast<::nasc::cost::IntegerType>($_self).getUpper() <= 1">]>,
    "a truth value, !cost.int<0 to 1>", "::nasc::cost::IntegerType">;

#endif // NASC_DIALECTS_COST_COSTBASE_TD
