//===- MemoryPlanTest.cpp - Plans of the arena ----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/MemoryPlan.h"
#include "dialects/diagnostics/CodedError.h"
#include "gtest/gtest.h"

namespace nasc {
namespace {

/// A network of steps without numbers: planning needs shapes only.
struct Graph {
  QuantizedNetwork network;

  explicit Graph(int64_t height, int64_t width, int64_t channels) {
    network.tensors.push_back({"input", height, width, channels});
  }
  unsigned add(StepKind kind, llvm::ArrayRef<unsigned> inputs, int64_t height,
               int64_t width, int64_t channels, int64_t kernel = 1) {
    NetworkStep step;
    step.kind = kind;
    step.layer = "layer" + std::to_string(network.steps.size());
    step.inputs.assign(inputs.begin(), inputs.end());
    step.output = network.tensors.size();
    step.kernelHeight = step.kernelWidth = kernel;
    step.padTop = step.padLeft = kernel / 2;
    network.tensors.push_back({step.layer, height, width, channels});
    network.output = step.output;
    network.steps.push_back(step);
    return network.output;
  }
  MemoryPlan plan(int64_t alignment = 16) {
    return planMemory(network, PlainKernels(), alignment);
  }
};

TEST(MemoryPlan, AChainHoldsTwoTensors) {
  Graph graph(1, 1, 640);
  unsigned last = 0;
  for (int64_t units : {128, 128, 128, 128, 8, 128, 128, 128, 128, 640})
    last = graph.add(StepKind::Dense, {last}, 1, 1, units);
  MemoryPlan plan = graph.plan();
  EXPECT_EQ(plan.bytes, 768);
  EXPECT_TRUE(plan.isOptimal());
}

TEST(MemoryPlan, DepthwiseAndPointwiseConvolutionsWriteOverTheirInput) {
  Graph graph(49, 10, 1);
  unsigned last = graph.add(StepKind::Convolution, {0}, 25, 5, 64, 3);
  for (int i = 0; i < 4; ++i) {
    last = graph.add(StepKind::DepthwiseConvolution, {last}, 25, 5, 64, 3);
    last = graph.add(StepKind::PointwiseConvolution, {last}, 25, 5, 64);
  }
  last = graph.add(StepKind::Mean, {last}, 1, 1, 64);
  graph.add(StepKind::Dense, {last}, 1, 1, 12);
  MemoryPlan plan = graph.plan();
  // The first layer's output and, last, its input.
  EXPECT_EQ(plan.bytes, 8000 + 490);
  EXPECT_TRUE(plan.isOptimal());
  EXPECT_EQ(llvm::count_if(plan.overwritten, [](int i) { return i >= 0; }), 9);
}

TEST(MemoryPlan, TheBoundCountsBytesAndNotWholeLines) {
  // 10 bytes in, 10 out: one of them, rounded up, and the other as it is.
  Graph graph(1, 1, 10);
  graph.add(StepKind::Dense, {0}, 1, 1, 10);
  MemoryPlan plan = graph.plan();
  EXPECT_EQ(plan.bytes, 26);
  EXPECT_EQ(plan.lowerBound, 26);
}

TEST(MemoryPlan, WhatIsStillNeededIsNotWrittenOver) {
  Graph graph(8, 8, 8);
  unsigned first = graph.add(StepKind::Clamp, {0}, 8, 8, 8);
  unsigned second = graph.add(StepKind::Table, {first}, 8, 8, 8);
  graph.add(StepKind::Add, {first, second}, 8, 8, 8);
  MemoryPlan plan = graph.plan();
  EXPECT_EQ(plan.overwritten[1], -1);
  EXPECT_GE(plan.overwritten[2], 0);
  EXPECT_EQ(plan.bytes, 1024);
}

TEST(MemoryPlan, TheOrderWithTheLowestPeakIsFound) {
  // Two branches from one tensor: the one that shrinks must run first, or its
  // large beginning is held beside the other's end.
  Graph graph(16, 16, 4);
  unsigned stem = graph.add(StepKind::Convolution, {0}, 16, 16, 4, 3);
  unsigned largeA = graph.add(StepKind::Convolution, {stem}, 16, 16, 32, 3);
  unsigned largeB = graph.add(StepKind::Convolution, {stem}, 16, 16, 32, 3);
  unsigned smallA = graph.add(StepKind::Convolution, {largeA}, 4, 4, 4, 3);
  unsigned smallB = graph.add(StepKind::Convolution, {largeB}, 4, 4, 4, 3);
  graph.add(StepKind::Concat, {smallA, smallB}, 4, 4, 8);
  MemoryPlan plan = graph.plan();
  // One large tensor, the stem and a small one: not two large ones.
  EXPECT_LE(plan.bytes, 8192 + 1024 + 64);
  EXPECT_TRUE(plan.isOptimal());
  EXPECT_EQ(plan.numOrders, 6u);
}

TEST(MemoryPlan, AWideFanKeepsTheGivenOrder) {
  Graph graph(4, 4, 4);
  std::vector<unsigned> branches;
  for (int i = 0; i < 24; ++i)
    branches.push_back(graph.add(StepKind::Convolution, {0}, 4, 4, 1, 3));
  graph.add(StepKind::Concat, branches, 4, 4, 24);
  MemoryPlan plan = graph.plan();
  EXPECT_EQ(plan.numOrders, 0u);
  for (unsigned i = 0; i < plan.order.size(); ++i)
    EXPECT_EQ(plan.order[i], i);
}

TEST(MemoryPlan, TheCheckFindsWrongPlans) {
  Graph graph(8, 8, 8);
  unsigned first = graph.add(StepKind::Convolution, {0}, 8, 8, 8, 3);
  graph.add(StepKind::PointwiseConvolution, {first}, 8, 8, 8);
  PlainKernels kernels;
  const MemoryPlan good = graph.plan();
  auto messageOf = [&](const MemoryPlan &plan) {
    return nasc::describe(checkMemoryPlan(graph.network, kernels, plan, 16));
  };
  EXPECT_EQ(messageOf(good), "");
  MemoryPlan plan = good;
  plan.tensors[first].offset = plan.tensors[0].offset;
  plan.tensors[2].offset = plan.tensors[0].offset;
  EXPECT_EQ(messageOf(plan), "'layer0' writes over its input 'input'");
  plan = good;
  plan.tensors[first].offset += 8;
  EXPECT_EQ(messageOf(plan), "layer0 is not aligned inside the arena");
  plan = good;
  plan.scratch[1].offset = plan.tensors[first].offset;
  EXPECT_NE(messageOf(plan), "");
  plan = good;
  plan.bytes -= 16;
  EXPECT_NE(messageOf(plan), "");
  plan = good;
  std::swap(plan.order[0], plan.order[1]);
  EXPECT_EQ(messageOf(plan),
            "'layer1' reads 'layer0', which is not whole any more");
}

} // namespace
} // namespace nasc
