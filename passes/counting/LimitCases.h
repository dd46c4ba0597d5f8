//===- LimitCases.h - Limits as disjoint cases ------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All limits of a program as cases, each a conjunction of sums and conditions
// (LimitForm) over a part of the space. Every feasible architecture is in
// exactly one case, so counts, marginals and draws add up.
//
// Two things make a case:
//
// - A disjunction with a long sum: `macs <= A or params <= B` is "macs <= A"
//   and "macs > A and params <= B"; a limit that depends on a condition is one
//   case where the condition holds and one where it does not. What a case
//   requires of single choices narrows their domains first, so that ten limits
//   for ten values of one choice are ten cases and not 2^10.
// - A choice on which nearly every term of a long sum depends, such as the
//   resolution of the input: a diagram would remember it from its first use to
//   its last, and the lists of sums would be as many times longer.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_LIMITCASES_H
#define NASC_PASSES_COUNTING_LIMITCASES_H

#include "passes/counting/LimitForm.h"

namespace nasc::counting {

/// The architectures with choices in these domains that meet the form, which
/// has no disjunctions.
struct LimitCase {
  cost::ChoiceDomains domains;
  LimitForm form;
};

struct LimitCaseOptions {
  /// Disjunctions beyond are conditions of their case.
  size_t maximumCases = 128;
  /// A choice on which sums depend makes cases in spaces of at least 2^bits
  /// assignments. Smaller ones are counted without, in less time than cases
  /// take.
  double scalingSpaceBits = 48;
};

/// All limits of the program over the domains as disjoint cases, in an order
/// that is always the same; none where no architecture can meet the limits.
/// Turns limits that are no truth values into such. Cost: the ranges of the
/// program for each case.
std::vector<LimitCase> splitIntoCases(cost::CostProgram &program,
                                      const cost::ChoiceDomains &domains,
                                      const LimitCaseOptions &options = {});

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_LIMITCASES_H
