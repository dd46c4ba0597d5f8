//===- StorageTest.cpp - What is stored and fused, by two rules -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A description for training says of each layer how deployment stores its
// result and whether it runs with the layer before it. That comes from the pass
// that fuses (passes/transforms/Fusion.h); the rule of the tests' support is
// written again for plain data. On random networks both say the same.
//
//===----------------------------------------------------------------------===//

#include "SpaceFromNetwork.h"
#include "dialects/nas/Nas.h"
#include "runtime/network/NetworkExtraction.h"
#include "test/unit/support/ReferenceNetwork.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

namespace nasc::test {
namespace {

NetworkDescription randomNetwork(uint64_t seed) {
  std::mt19937_64 random(seed);
  auto pick = [&](uint64_t below) { return random() % below; };
  NetworkBuilder builder({8, 8, 4});
  unsigned before = 0;
  for (unsigned layer = 0, count = 4 + pick(12); layer < count; ++layer) {
    const unsigned last = builder.last();
    switch (pick(12)) {
    case 0:
    case 1:
      builder.convolution(LayerKind::Conv2D, 4, 1 + 2 * pick(2));
      break;
    case 2:
      builder.convolution(LayerKind::DepthwiseConv2D, 4, 3);
      break;
    case 3:
    case 4:
      builder.batchNorm();
      break;
    case 5:
      builder.elementary(LayerKind::ReLU);
      break;
    case 6:
      builder.elementary(pick(2) ? LayerKind::HardSwish : LayerKind::Sigmoid);
      break;
    case 7:
      builder.elementary(LayerKind::Identity);
      break;
    case 8:
      builder.dropout(0.5);
      break;
    case 9:
      builder.pool(pick(2) ? LayerKind::MaxPool : LayerKind::AveragePool, 3, 1);
      break;
    default:
      // A reader more for a layer that may have one already.
      if (before == last)
        builder.convolution(LayerKind::Conv2D, 4, 1);
      builder.combine(pick(2) ? LayerKind::Add : LayerKind::Multiply,
                      {before, builder.last()});
    }
    if (pick(3) == 0)
      before = builder.last();
  }
  if (pick(2))
    builder.globalAveragePool();
  else
    builder.elementary(LayerKind::Flatten);
  builder.dense(3);
  return builder.network;
}

TEST(Storage, ExtractionAndTheRuleOfTheTestsAgree) {
  unsigned fused = 0, aliases = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    NetworkDescription expected = randomNetwork(seed);
    setStorage(expected);
    auto context = makeLoweringContext();
    auto module =
        makeSpaceModule(*context, expected, randomWeights(expected, seed));
    ASSERT_TRUE(module);
    auto found = extractNetwork(*module->getOps<nas::SpaceOp>().begin());
    ASSERT_TRUE(succeeded(found));
    ASSERT_EQ(found->layers.size(), expected.layers.size());
    for (size_t layer = 0; layer < expected.layers.size(); ++layer) {
      SCOPED_TRACE(layer);
      ASSERT_EQ(found->layers[layer].kind, expected.layers[layer].kind);
      EXPECT_EQ(found->layers[layer].isFused, expected.layers[layer].isFused);
      EXPECT_EQ(found->layers[layer].storage, expected.layers[layer].storage);
      fused += expected.layers[layer].isFused;
      aliases += expected.layers[layer].storage == nas::ResultStorage::Alias;
    }
    if (HasFailure())
      return;
  }
  // The networks have what the rule is about.
  EXPECT_GT(fused, 300u);
  EXPECT_GT(aliases, 300u);
}

TEST(Extraction, ASpaceWithoutLayersIsNoNetwork) {
  auto context = makeLoweringContext();
  mlir::OpBuilder builder(&*context);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToStart(module->getBody());
  auto space = builder.create<nas::SpaceOp>(
      builder.getUnknownLoc(), builder.getStringAttr("s"), mlir::TypeAttr(),
      mlir::FlatSymbolRefAttr(), nas::Task::Classification);
  builder.setInsertionPointToStart(&space.getBody().emplaceBlock());
  builder.create<nas::ReturnOp>(builder.getUnknownLoc(), mlir::ValueRange());
  std::string error;
  mlir::ScopedDiagnosticHandler handler(&*context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          error = diagnostic.str();
                                          return mlir::success();
                                        });
  EXPECT_TRUE(failed(extractNetwork(space)));
  EXPECT_THAT(error, testing::HasSubstr("[NAS2019]"));
}

} // namespace
} // namespace nasc::test
