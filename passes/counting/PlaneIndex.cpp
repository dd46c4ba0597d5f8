//===- PlaneIndex.cpp - Weighted points below a corner --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/counting/PlaneIndex.h"

#include "passes/counting/SortedSearch.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>

using namespace nasc::counting;

/// A table of 4,096 columns and rows takes 64 MiB.
static constexpr size_t maximumLines = 4096;

PlaneIndex::PlaneIndex(llvm::ArrayRef<Point> points) : size(points.size()) {
  lineSize = std::max<size_t>(32, (size + maximumLines - 1) / maximumLines);
  numLines = (size + lineSize - 1) / lineSize;
  for (const Point &point : points) {
    xs.push_back(point.x);
    ys.push_back(point.y);
    weights.push_back(point.weight);
  }
  auto lastOf = [&](size_t line) {
    return std::min((line + 1) * lineSize, size) - 1;
  };
  std::vector<uint32_t> order(size);
  for (uint32_t point = 0; point < size; ++point)
    order[point] = point;
  llvm::stable_sort(order,
                    [&](uint32_t a, uint32_t b) { return ys[a] < ys[b]; });
  size_t width = numLines + 1;
  table.assign(width * width, 0);
  for (size_t line = 0; line < numLines; ++line) {
    lastX.push_back(xs[lastOf(line)]);
    lastY.push_back(ys[order[lastOf(line)]]);
    auto begin = order.begin() + line * lineSize;
    auto end = order.begin() + lastOf(line) + 1;
    std::sort(begin, end);
    uint32_t before = 0;
    for (auto point = begin; point != end; ++point) {
      rowPoints.push_back(*point);
      rowYs.push_back(ys[*point]);
      rowWeights.push_back(weights[*point]);
      rowBefore.push_back(before);
      before += weights[*point];
      table[(*point / lineSize + 1) * width + line + 1] += weights[*point];
    }
  }
  for (size_t column = 1; column < width; ++column)
    for (size_t row = 1; row < width; ++row)
      table[column * width + row] += table[column * width + row - 1];
  for (size_t column = 1; column < width; ++column)
    for (size_t row = 1; row < width; ++row)
      table[column * width + row] += table[(column - 1) * width + row];
  coarseWidth = (width + coarseRows - 1) / coarseRows;
  for (size_t column = 0; column < width; ++column)
    for (size_t row = 0; row < width; row += coarseRows)
      coarseTable.push_back(table[column * width + row]);
}

PlaneIndex::Corner PlaneIndex::cornerOf(int32_t x, int32_t y) const {
  Corner corner;
  corner.y = y;
  corner.column = countUpTo(lastX.data(), numLines, x);
  corner.row = countUpTo(lastY.data(), numLines, y);
  size_t begin = corner.column * lineSize;
  size_t end = std::min(begin + lineSize, size);
  corner.end =
      begin >= size ? size : begin + countUpTo(&xs[begin], end - begin, x);
  return corner;
}

/// The weight of those whose value is at most `bound`.
static uint32_t sumUpTo(const int32_t *values, const uint32_t *weights,
                        size_t count, int32_t bound) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += values[i] <= bound ? weights[i] : 0;
  return sum;
}

uint32_t PlaneIndex::inColumn(const Corner &corner) const {
  size_t begin = corner.column * lineSize;
  return begin >= corner.end ? 0
                             : sumUpTo(&ys[begin], &weights[begin],
                                       corner.end - begin, corner.y);
}

uint32_t PlaneIndex::inRow(const Corner &corner) const {
  size_t begin = corner.row * lineSize;
  if (begin >= size)
    return 0;
  // In the columns before the corner's.
  size_t count = countUpTo(&rowPoints[begin], std::min(lineSize, size - begin),
                           static_cast<int32_t>(corner.column * lineSize) - 1);
  return sumUpTo(&rowYs[begin], &rowWeights[begin], count, corner.y);
}

uint32_t PlaneIndex::weightBelow(int32_t x, int32_t y) const {
  if (size == 0)
    return 0;
  Corner corner = cornerOf(x, y);
  return inTable(corner, corner.row) + inColumn(corner) + inRow(corner);
}

uint32_t PlaneIndex::selectBelow(int32_t x, int32_t y, uint32_t &rank) const {
  Selection selection;
  selection.x = x;
  selection.y = y;
  selection.rank = rank;
  beginSelection(selection);
  findRow(selection);
  uint32_t found = endSelection(selection);
  rank = selection.rank;
  return found;
}

void PlaneIndex::beginSelection(Selection &selection) const {
  selection.column = countUpTo(lastX.data(), numLines, selection.x);
  selection.cornerRow = countUpTo(lastY.data(), numLines, selection.y);
  const uint32_t *coarse = &coarseTable[selection.column * coarseWidth];
  for (size_t part = 0; part < coarseWidth; part += 16)
    __builtin_prefetch(coarse + part);
  __builtin_prefetch(
      &table[selection.column * (numLines + 1) + selection.cornerRow]);
}

void PlaneIndex::findRow(Selection &selection) const {
  const uint32_t *begin = &table[selection.column * (numLines + 1)];
  selection.row = numLines;
  if (selection.rank >= begin[selection.cornerRow])
    return;
  const uint32_t *coarse = &coarseTable[selection.column * coarseWidth];
  size_t part = countUpTo(coarse, coarseWidth, selection.rank) - 1;
  const uint32_t *fine = begin + part * coarseRows;
  size_t rows =
      std::min(coarseRows, selection.cornerRow + 1 - part * coarseRows);
  selection.row = part * coarseRows + countUpTo(fine, rows, selection.rank) - 1;
  selection.rank -= begin[selection.row];
  for (size_t at = lineSize / 8; at < lineSize; at += lineSize / 4)
    __builtin_prefetch(
        &rowBefore[std::min(selection.row * lineSize + at, size - 1)]);
}

uint32_t PlaneIndex::endSelection(Selection &selection) const {
  if (selection.row < numLines) {
    size_t begin = selection.row * lineSize;
    size_t found = begin +
                   countUpTo(&rowBefore[begin],
                             std::min(lineSize, size - begin), selection.rank) -
                   1;
    selection.rank -= rowBefore[found];
    return rowPoints[found];
  }
  Corner corner = cornerOf(selection.x, selection.y);
  uint32_t rank = selection.rank - inTable(corner, corner.row);
  for (size_t point = corner.column * lineSize; point < corner.end; ++point) {
    if (ys[point] > corner.y)
      continue;
    if (rank < weights[point]) {
      selection.rank = rank;
      return point;
    }
    rank -= weights[point];
  }
  for (size_t at = corner.row * lineSize;; ++at) {
    assert(at < size && "less weight is below the corner");
    if (rowYs[at] > corner.y)
      continue;
    if (rank < rowWeights[at]) {
      selection.rank = rank;
      return rowPoints[at];
    }
    rank -= rowWeights[at];
  }
}

uint32_t PlaneIndex::selectBetween(int32_t innerX, int32_t innerY, int32_t x,
                                   int32_t y, uint32_t &rank) const {
  size_t begin = innerX < 0 ? 0 : cornerOf(innerX, 0).end;
  size_t end = cornerOf(x, 0).end;
  for (size_t point = begin; point < end; ++point) {
    if (ys[point] > y)
      continue;
    if (rank < weights[point])
      return point;
    rank -= weights[point];
  }
  // The others are beside the inner corner's columns, in rows above it.
  for (size_t row = countUpTo(lastY.data(), numLines, innerY);; ++row) {
    assert(row < numLines && "less weight is between the corners");
    size_t rowEnd = std::min((row + 1) * lineSize, size);
    for (size_t at = row * lineSize;
         at < rowEnd && rowPoints[at] < static_cast<int32_t>(begin); ++at) {
      if (rowYs[at] <= innerY || rowYs[at] > y)
        continue;
      if (rank < rowWeights[at])
        return rowPoints[at];
      rank -= rowWeights[at];
    }
  }
}
