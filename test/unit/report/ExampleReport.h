//===- ExampleReport.h - A report's data for the tests ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_REPORT_EXAMPLEREPORT_H
#define NASC_TEST_UNIT_REPORT_EXAMPLEREPORT_H

#include "runtime/report/ReportData.h"

namespace nasc::report::test {

/// A report with every part in it and that many candidates; invented, but of
/// the form that a real search gives.
ReportData exampleReport(unsigned candidates);

} // namespace nasc::report::test

#endif // NASC_TEST_UNIT_REPORT_EXAMPLEREPORT_H
