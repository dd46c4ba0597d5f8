//===- CPrinter.h - C99 from loops over arrays ------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints a module of loops over one-dimensional arrays, as it is when buffers
// have their places, as one readable and portable file of C99.
//
// The subset:
//   module     memref.global "private" constant, func.func
//   types      i1 (inside of functions), i8, i16, i32, i64, index, and
//              memref<NxT> and memref<?xT> of i8 to i64 without layout or
//              memory space
//   arith      constant, addi, subi, muli, divsi, remsi, shli, shrsi, shrui,
//              andi, ori, xori, maxsi, minsi, extsi, extui, trunci, index_cast,
//              index_castui, cmpi, select
//   scf        for, if, yield, with integers as results
//   memref     load, store, get_global, cast, view
//   func       call, return, with at most one integer as result
//
// What the text is like:
//   * `index` is `int32_t`: arrays have fewer than 2^31 bytes.
//   * A value with one use is part of its user's expression unless memory or a
//     variable that it reads may change before, or the expression grows long
//     (for values with a name, sooner); any other is a `const` variable where
//     it is defined. Variables that loops carry, and results of scf.if, are
//     assigned; one variable serves a nest of loops where it can.
//   * Pure operations without a use that matters, private functions that no
//     public one reaches, and globals that nothing printed reads are left out:
//     compilers would warn of them.
//   * A pointer parameter is `const T *` if nothing is stored through it, here
//     or in what is called, and `restrict` if it has `llvm.noalias`.
//   * `noinline` and other attributes that do not change results are dropped.
//
// What it means: the C has no undefined or implementation-defined behaviour
// where the module has none, given that exact-width types exist (C99 then
// guarantees two's complement). `int` may have 16 or 32 bits. Arithmetic that
// may wrap around goes through unsigned types in small functions; where the
// operation has the flag `nsw`, or its operands' ranges exclude it, plain
// operators are used. Beyond the module's own conditions these hold:
//   * In an scf.for, the bound plus the step fits the induction variable's
//     type (the operation adds before it compares).
//   * Memory that memref.view shows as i16, i32 or i64 is aligned for it and,
//     by the rules of effective types, was obtained from an allocator, or is
//     compiled without assumptions about them (-fno-strict-aliasing): C has no
//     array that is declared to hold several types one after the other. A
//     view as i8 needs neither.
//
// Attributes that shape the text, all optional:
//   nasc.name     string, on an argument: its name; on an operation: that of
//                 its result, if it becomes a variable; on scf.for: that of the
//                 induction variable. Else a0, a1, … and t0, t1, …
//   nasc.results  array of strings, on scf.for and scf.if: the names of the
//                 variables for its results. Else the `nasc.name` of the
//                 initial value's operation, and for scf.if its own.
//   nasc.c_type   string, on an argument that is a memref of i8: what its
//                 pointer points to in C (`const uint8_t`, `void`), instead of
//                 int8_t that is const if the function does not write to it.
//   nasc.comment  string, on functions, globals and operations: a comment
//                 before it.
// Names are made valid and unique: "x-1" becomes x_1, "for" becomes for_1.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_CPRINTER_H
#define NASC_PASSES_KERNELS_C99_CPRINTER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace nasc {

/// What a file has besides the module.
struct CPrinterOptions {
  /// The file's first comment, without comment marks; lines end in `\n`. None
  /// if empty.
  std::string comment;
  /// The header that declares the public functions, as written between quotes
  /// after `#include`. None if empty.
  std::string header;
};

/// Prints the module, which must be verified, as a file of C99 that compiles
/// alone. Errors name the operation or type and its location, and nothing is
/// printed then:
///   NAS6030  an operation outside the subset, or one with regions of several
///            blocks
///   NAS6031  a type outside the subset, or a global that is not a constant
///            with values
///   NAS6032  a number that C's `int32_t` for `index` cannot hold, a loop whose
///            last step leaves its type, or a view whose constant offset is not
///            a multiple of the element
///   NAS6033  a public function whose name C does not allow or has given away
///   NAS6034  a constant that is stored to
llvm::Error printC(mlir::ModuleOp module, llvm::raw_ostream &out,
                   const CPrinterOptions &options);

/// Prints the prototypes of the module's public functions as printC defines
/// them, with their comments: the middle of a header, which must include
/// <stdint.h> (and <stdbool.h> if there is an i1). Errors as above.
llvm::Error printCPrototypes(mlir::ModuleOp module, llvm::raw_ostream &out);

} // namespace nasc

#endif // NASC_PASSES_KERNELS_C99_CPRINTER_H
