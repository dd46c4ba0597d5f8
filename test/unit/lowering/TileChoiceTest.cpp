//===- TileChoiceTest.cpp - Sizes of tiles --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/TileChoice.h"
#include "gtest/gtest.h"
#include <algorithm>

namespace nasc {
namespace {

TEST(TileChoice, PiecesCoverTheExtent) {
  for (int64_t extent = 1; extent < 100; ++extent)
    for (int64_t limit = 1; limit < 40; ++limit) {
      int64_t next = 0;
      for (const PieceRun &run : splitEvenly(extent, limit)) {
        EXPECT_EQ(run.begin, next);
        EXPECT_LE(run.size, limit);
        EXPECT_GE(run.size, 1);
        EXPECT_GE(run.count, 1);
        next += run.size * run.count;
      }
      EXPECT_EQ(next, extent);
    }
}

TEST(TileChoice, ChannelsAreVectorsOfPowersOfTwo) {
  for (int64_t channels = 1; channels < 300; ++channels)
    for (int64_t vectors : {1, 2, 4}) {
      int64_t next = 0;
      for (const ChannelRun &run : splitChannels(channels, 16, vectors)) {
        EXPECT_EQ(run.begin, next);
        for (int64_t vector : run.vectors)
          EXPECT_TRUE(vector <= 16 && (vector & (vector - 1)) == 0);
        next += run.width() * run.count;
      }
      EXPECT_EQ(next, channels);
    }
}

TEST(TileChoice, AccumulatorsFitTheRegisters) {
  const VectorUnit units[] = {
      {16, 32, true, true}, {8, 16, true, false}, {4, 16, false, false}};
  for (const VectorUnit &unit : units)
    for (KernelShape shape : {KernelShape::Broadcast, KernelShape::PerChannel,
                              KernelShape::Unweighted})
      for (int64_t channels : {1, 3, 8, 10, 16, 24, 40, 64, 96, 256})
        for (int64_t width : {1, 3, 7, 13, 28, 31, 48}) {
          const KernelTiling tiling =
              chooseTiling(shape, width, width, channels, unit);
          int64_t covered = 0;
          for (const ChannelRun &run : tiling.channels) {
            covered += run.width() * run.count;
            for (const PieceRun &row : run.rows)
              for (const PieceRun &column : run.columns)
                EXPECT_LE(row.size * column.size *
                              static_cast<int64_t>(run.vectors.size()),
                          unit.registers - 1);
          }
          EXPECT_EQ(covered, channels);
        }
}

TEST(TileChoice, LayersGetEnoughAccumulatorsToHideLatency) {
  const VectorUnit avx512{16, 32, true, true};
  for (auto [width, channels] :
       {std::pair{32, 16}, {16, 32}, {8, 64}, {12, 64}, {48, 16}, {28, 24}}) {
    const KernelTiling tiling =
        chooseTiling(KernelShape::Broadcast, width, width, channels, avx512);
    for (const ChannelRun &run : tiling.channels)
      for (const PieceRun &column : run.columns)
        EXPECT_GE(column.size * run.rows.front().size *
                      static_cast<int64_t>(run.vectors.size()),
                  8)
            << width << " " << channels;
  }
}

TEST(TileChoice, NeighboursOfOneVectorShareActivations) {
  // With one vector of channels, every multiplication loads an activation
  // unless the columns of the kernel are taken together.
  const VectorUnit avx512{16, 32, true, true};
  const auto cost = [&](KernelColumns columns) {
    return chooseTiling(KernelShape::Broadcast, 32, 32, 16, avx512, columns)
        .cost;
  };
  EXPECT_LT(cost({3, 1}), cost({1, 1}));
  // Many columns leave too few registers for accumulators.
  EXPECT_GT(cost({28, 1}), cost({1, 1}));
}

TEST(TileChoice, PartialSumsDivideTheReduction) {
  const VectorUnit avx512{16, 32, true, true};
  EXPECT_EQ(choosePartialSums(1, 64, avx512), 4);
  EXPECT_EQ(choosePartialSums(2, 64, avx512), 4);
  EXPECT_EQ(choosePartialSums(4, 64, avx512), 2);
  EXPECT_EQ(choosePartialSums(16, 64, avx512), 1);
  EXPECT_EQ(choosePartialSums(1, 9, avx512), 1);
}

} // namespace
} // namespace nasc
