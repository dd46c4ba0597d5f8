//===- PlaneIndex.h - Weighted points below a corner ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Points of a plane (or, with equal second coordinates, of a line) with
// weights, for questions about the points that are not above a corner in either
// coordinate. PointIndex answers such questions for any box and number of
// coordinates; this is faster by an order.
//
// The points are cut into columns and into rows of equally many points each,
// and a table has the weight of the points before each column and row. What is
// below a corner is one entry of the table, a part of one column and a part of
// one row, and those are short enough to look through.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COUNTING_PLANEINDEX_H
#define NASC_PASSES_COUNTING_PLANEINDEX_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace nasc::counting {

class PlaneIndex {
public:
  /// Coordinates are below this, and so is the sum of all weights.
  static constexpr uint64_t limit = uint64_t(1) << 31;

  struct Point {
    int32_t x = 0;
    int32_t y = 0;
    uint32_t weight = 0;
  };

  PlaneIndex() = default;
  /// `points` ascend in `x`. Cost: n log n, and up to 64 MiB for the table.
  explicit PlaneIndex(llvm::ArrayRef<Point> points);

  /// The weight of the points with coordinates up to `x` and `y`.
  uint32_t weightBelow(int32_t x, int32_t y) const;

  /// The number of the point with the `rank`-th unit of that weight; `rank`
  /// becomes the unit within the point.
  uint32_t selectBelow(int32_t x, int32_t y, uint32_t &rank) const;

  /// The number of the point with the `rank`-th unit of the weight below one
  /// corner but not below an inner one. Cost: the points between them.
  uint32_t selectBetween(int32_t innerX, int32_t innerY, int32_t x, int32_t y,
                         uint32_t &rank) const;

  /// selectBelow in steps, each of which asks the memory for what the next one
  /// reads: several selections, step by step, wait for the memory together.
  struct Selection {
    int32_t x = 0;
    int32_t y = 0;
    uint32_t rank = 0;
    size_t column = 0, cornerRow = 0, row = 0;
  };
  void beginSelection(Selection &selection) const;
  void findRow(Selection &selection) const;
  /// The point; `rank` becomes the unit within it.
  uint32_t endSelection(Selection &selection) const;

private:
  /// What is below a corner: whole columns and rows, then parts of the next.
  struct Corner {
    /// Points with `x` up to the corner's.
    size_t end = 0;
    size_t column = 0;
    size_t row = 0;
    int32_t y = 0;
  };
  Corner cornerOf(int32_t x, int32_t y) const;
  uint32_t inTable(const Corner &corner, size_t row) const {
    return table[corner.column * (numLines + 1) + row];
  }
  uint32_t inColumn(const Corner &corner) const;
  uint32_t inRow(const Corner &corner) const;

  size_t size = 0;
  /// Points of one column, and of one row.
  size_t lineSize = 1;
  size_t numLines = 0;
  /// In the order of `x`.
  std::vector<int32_t> xs, ys;
  std::vector<uint32_t> weights;
  std::vector<int32_t> lastX;
  /// Row by row, in each row in the order of `x`: the number of the point, its
  /// second coordinate, and the weight before it in its row.
  std::vector<int32_t> rowPoints, rowYs;
  std::vector<uint32_t> rowWeights, rowBefore;
  std::vector<int32_t> lastY;
  std::vector<uint32_t> table;
  /// Every so many rows of the table, so that a search touches few lines.
  static constexpr size_t coarseRows = 64;
  size_t coarseWidth = 0;
  std::vector<uint32_t> coarseTable;
};

} // namespace nasc::counting

#endif // NASC_PASSES_COUNTING_PLANEINDEX_H
