//===- arena_networks.cpp - Buffers of random networks --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/benchmarks/arena_problems.h"
#include <algorithm>
#include <string>
#include <utility>

namespace nasc {
namespace {

/// Builds the buffers of a network: each layer is one time, its result lives
/// until the last layer that reads it.
class Network {
public:
  /// A layer that reads the results of others, of which it gives the numbers.
  size_t layer(int64_t bytes, const std::vector<size_t> &inputs) {
    const int64_t now = int64_t(buffers.size());
    for (size_t input : inputs)
      buffers[input].upper = now + 1;
    buffers.push_back({std::to_string(now), now, now + 1, bytes});
    return size_t(now);
  }
  std::vector<ArenaBuffer> buffers;
};

/// Blocks in which some results are added to those of layers before.
std::vector<ArenaBuffer> makeResidual(Random &random) {
  Network network;
  int64_t bytes = 1024 * random.in(8, 64);
  size_t last = network.layer(bytes, {});
  for (int64_t block = random.in(3, 14); block > 0; --block) {
    if (random.chance(35))
      bytes = bytes / 2 + 16 * random.in(0, 64);
    const size_t skip = random.chance(50) ? last : network.layer(bytes, {last});
    last = network.layer(bytes, {last});
    if (random.chance(50))
      last = network.layer(bytes, {last});
    last = network.layer(bytes, {last, skip});
  }
  return network.buffers;
}

/// Inverted bottlenecks: narrow, wide, wide, narrow, with sums.
std::vector<ArenaBuffer> makeMobile(Random &random) {
  Network network;
  int64_t area = 48 * 48, channels = 8 * random.in(1, 3);
  size_t last = network.layer(96 * 96 * 3, {});
  for (int64_t block = random.in(3, 17); block > 0; --block) {
    const bool down = random.chance(30) && area > 9;
    const int64_t wide = channels * random.in(3, 6);
    size_t x = network.layer(area * wide, {last});
    if (down)
      area /= 4;
    x = network.layer(area * wide, {x});
    if (down) {
      channels += 8 * random.in(1, 3);
      last = network.layer(area * channels, {x});
    } else {
      last = network.layer(area * channels, {x, last});
    }
  }
  return network.buffers;
}

/// Down and up again, with connections across.
std::vector<ArenaBuffer> makeUNet(Random &random) {
  Network network;
  const int64_t levels = random.in(2, 6);
  int64_t area = 64 * 64;
  std::vector<std::pair<size_t, int64_t>> across;
  size_t last = network.layer(area * 3, {});
  for (int64_t level = 0; level < levels; ++level) {
    for (int64_t i = random.in(1, 3); i > 0; --i)
      last = network.layer(area * random.in(4, 40), {last});
    across.emplace_back(last, area);
    area /= 4;
    last = network.layer(area * random.in(4, 40), {last});
  }
  for (; !across.empty(); across.pop_back()) {
    last = network.layer(across.back().second * random.in(4, 40), {last});
    last = network.layer(across.back().second * random.in(4, 40),
                         {last, across.back().first});
  }
  return network.buffers;
}

/// Every layer of a block reads all before it.
std::vector<ArenaBuffer> makeDense(Random &random) {
  Network network;
  int64_t area = 32 * 32;
  size_t last = network.layer(area * 3, {});
  for (int64_t block = random.in(2, 5); block > 0; --block) {
    std::vector<size_t> inputs = {last};
    for (int64_t i = random.in(2, 10); i > 0; --i)
      inputs.push_back(network.layer(area * random.in(4, 24), inputs));
    area = std::max<int64_t>(area / 4, 1);
    last = network.layer(area * random.in(8, 64), inputs);
  }
  return network.buffers;
}

/// Layers that read up to three of the last ones, as in a cell that was
/// searched for.
std::vector<ArenaBuffer> makeCells(Random &random) {
  Network network;
  network.layer(1024 * random.in(4, 64), {});
  for (int64_t i = random.in(10, 59); i > 0; --i) {
    const int64_t now = int64_t(network.buffers.size());
    std::vector<size_t> inputs = {size_t(now - 1)};
    for (int64_t more = random.in(0, 2); more > 0; --more)
      inputs.push_back(
          size_t(random.in(std::max<int64_t>(now - 12, 0), now - 1)));
    network.layer(16 * random.in(64, 4096), inputs);
  }
  return network.buffers;
}

} // namespace

const std::vector<NetworkGenerator> &networkGenerators() {
  static const std::vector<NetworkGenerator> generators = {
      {"residual", makeResidual},
      {"mobile", makeMobile},
      {"unet", makeUNet},
      {"dense", makeDense},
      {"cells", makeCells}};
  return generators;
}

} // namespace nasc
