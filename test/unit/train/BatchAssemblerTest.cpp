//===- BatchAssemblerTest.cpp - From stored samples to batches --*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/BatchAssembler.h"

#include "gtest/gtest.h"
#include <algorithm>
#include <numeric>
#include <set>

using namespace nasc::train;

namespace {

TEST(BatchAssembler, NormalizesEveryElementTypePerChannel) {
  std::vector<uint8_t> bytes = {0, 100, 200, 255, 1, 128};
  std::vector<int8_t> signedBytes = {0, 100, -56, -1, 1, -128};
  std::vector<float> reals = {0, 100, 200, 255, 1, 128};
  TrainingData data;
  data.shape = {1, 1, 2};
  data.scale = {0.5f};
  data.mean = {1.0f, -2.0f};
  data.deviation = {2.0f, 4.0f};
  std::vector<int64_t> samples = {2, 0};

  auto expectBatch = [&](const void *values, ElementType element, float a,
                         float b, float c, float d) {
    data.element = element;
    std::vector<float> batch(4);
    BatchAssembler(data).assemble(values, samples.data(), 2, batch.data(),
                                  nullptr, nullptr);
    EXPECT_EQ(batch,
              (std::vector<float>{(a * 0.5f - 1) / 2, (b * 0.5f + 2) / 4,
                                  (c * 0.5f - 1) / 2, (d * 0.5f + 2) / 4}));
  };
  expectBatch(bytes.data(), ElementType::UInt8, 1, 128, 0, 100);
  expectBatch(signedBytes.data(), ElementType::Int8, 1, -128, 0, 100);
  expectBatch(reals.data(), ElementType::Float32, 1, 128, 0, 100);
}

/// What the assembler should have made of a 3×4×2 image for one placement.
std::vector<float> placed(const std::vector<uint8_t> &image, int down,
                          int right, bool mirrored) {
  std::vector<float> result;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 4; ++x)
      for (int channel = 0; channel < 2; ++channel) {
        int fromY = y + down, fromX = x + right;
        bool inside = fromY >= 0 && fromY < 3 && fromX >= 0 && fromX < 4;
        if (mirrored)
          fromX = 3 - fromX;
        float raw = inside ? image[(fromY * 4 + fromX) * 2 + channel] : 0;
        result.push_back(raw - 10);
      }
  return result;
}

TEST(BatchAssembler, ShiftsAndFlipsWithRawZeros) {
  std::vector<uint8_t> image(3 * 4 * 2);
  std::iota(image.begin(), image.end(), uint8_t(1));
  TrainingData data;
  data.shape = {3, 4, 2};
  data.mean = {10.0f};
  BatchAssembler assembler(data);
  AugmentationSettings augmentation;
  // A shift of 5 also moves the image out of sight.
  augmentation.shift = {5, 5};
  augmentation.flipHorizontal = true;
  SeededRandom random(1, 0, RandomPurpose::Augmentation);

  std::set<std::vector<float>> expected;
  for (int down = -5; down <= 5; ++down)
    for (int right = -5; right <= 5; ++right)
      for (bool mirrored : {false, true})
        expected.insert(placed(image, down, right, mirrored));
  std::set<std::vector<float>> seen;
  int64_t sample = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<float> batch(image.size());
    assembler.assemble(image.data(), &sample, 1, batch.data(), &augmentation,
                       &random);
    ASSERT_TRUE(expected.count(batch));
    seen.insert(batch);
  }
  EXPECT_EQ(seen, expected);
}

TEST(BatchAssembler, ShiftsASequenceAlongItsOnlyAxis) {
  std::vector<float> sequence = {1, 2, 3};
  TrainingData data;
  data.shape = {3, 1};
  data.element = ElementType::Float32;
  AugmentationSettings augmentation;
  augmentation.shift = {1};
  SeededRandom random(1, 0, RandomPurpose::Augmentation);
  std::set<std::vector<float>> seen;
  int64_t sample = 0;
  for (int i = 0; i < 100; ++i) {
    std::vector<float> batch(3);
    BatchAssembler(data).assemble(sequence.data(), &sample, 1, batch.data(),
                                  &augmentation, &random);
    seen.insert(batch);
  }
  EXPECT_EQ(seen,
            (std::set<std::vector<float>>{{1, 2, 3}, {2, 3, 0}, {0, 1, 2}}));
}

TEST(DrawEpoch, IsAPermutationThatDependsOnSeedAndEpoch) {
  std::vector<int64_t> indices(100);
  std::iota(indices.begin(), indices.end(), 50);
  std::vector<int64_t> first = drawEpoch(indices, 0, 1, 0);
  EXPECT_EQ(first, drawEpoch(indices, 0, 1, 0));
  EXPECT_NE(first, drawEpoch(indices, 0, 1, 1));
  EXPECT_NE(first, drawEpoch(indices, 0, 2, 0));
  EXPECT_NE(first, indices);
  std::vector<int64_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, indices);
}

TEST(DrawEpoch, LimitTakesThatManyWithoutRepetition) {
  std::vector<int64_t> indices(100);
  std::iota(indices.begin(), indices.end(), 0);
  std::vector<int64_t> drawn = drawEpoch(indices, 30, 1, 0);
  EXPECT_EQ(drawn.size(), 30u);
  EXPECT_EQ(std::set<int64_t>(drawn.begin(), drawn.end()).size(), 30u);
  EXPECT_EQ(drawEpoch(indices, 1000, 1, 0).size(), 100u);
}

TEST(SeededRandom, StreamsDiffer) {
  std::set<uint64_t> first;
  for (uint64_t seed : {0, 1, 2})
    for (uint64_t epoch : {0, 1, 2})
      for (RandomPurpose purpose :
           {RandomPurpose::Weights, RandomPurpose::Order,
            RandomPurpose::Augmentation, RandomPurpose::Dropout})
        first.insert(SeededRandom(seed, epoch, purpose).next());
  EXPECT_EQ(first.size(), 36u);
}

} // namespace
