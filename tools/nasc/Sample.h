//===- Sample.h - Feasible architectures at random --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_SAMPLE_H
#define NASC_TOOLS_NASC_SAMPLE_H

#include "tools/nasc/Session.h"

namespace nasc {

/// Writes `--sample N` architectures, one a line, to standard output or to the
/// file of -o: as text that --arch reads, or with --json as one document a
/// line, `{"architecture":{"stem":16,"depth":3}}`. Each is drawn uniformly from
/// all feasible ones, independently of the others, so one may come twice. The
/// seed is that of --seed, else the search's, else 1. Returns the exit code; 3,
/// after the diagnostic of an infeasible space, where there is none to draw.
int sampleArchitectures(Session &session);

} // namespace nasc

#endif // NASC_TOOLS_NASC_SAMPLE_H
