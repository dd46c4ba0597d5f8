# shellcheck shell=bash disable=SC2034
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What tools/demo and tools/test share; sourced by them, in the root of the
# sources.

build=${NASC_BUILD_DIR:-build}
cores=$(nproc)

# To compile and link nasc. libopenblas0-openmp makes LibTorch's matrix products
# fast: the reference BLAS that would be installed otherwise is much slower.
build_packages=(
  cmake ninja-build g++
  llvm-19-dev libmlir-19-dev mlir-19-tools
  antlr4 libantlr4-runtime-dev
  libtorch-dev libopenblas0-openmp
  libz3-dev libboost-dev libpagmo-dev libsqlite3-dev zlib1g-dev
  libonnx-dev libprotobuf-dev
  libjs-chart.js
  llvm-19-tools python3
  libgtest-dev libgmock-dev libbenchmark-dev
)
# The images that the example is trained on, and that tests read; the example's
# firmware is built and run.
demo_packages=(dataset-fashion-mnist make gcc-arm-none-eabi qemu-system-arm)
test_packages=(dataset-fashion-mnist clang-format-19)
# To build and run code for every target: the programs that
# passes/lowering/Target.cpp names. Firmware is linked without a C library, so
# that microcontrollers need none.
firmware_packages=(
  make
  gcc-arm-none-eabi qemu-system-arm
  gcc-riscv64-unknown-elf qemu-system-misc
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
  qemu-user
)

step() { printf '\n== %s\n' "$*"; }

# fail MESSAGE [EXIT_CODE]
fail() {
  printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this script installs Debian packages, and this is no Debian; tools/common.sh lists what to install"
  fi
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    step "All packages are installed"
    return
  fi
  step "Installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "packages are missing and there is no sudo; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  # Old lists name files that the mirrors no longer have.
  "${as_root[@]}" apt-get update -q ||
    fail "apt-get update failed; see its message above"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    fail "apt-get install failed; see its message above. nasc is built on Debian 12 (bookworm); is this another release?"
}

build_nasc() {
  step "Configuring in $build"
  local options=(-DCMAKE_BUILD_TYPE=Release)
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake -G Ninja -S . -B "$build" "${options[@]}" ||
    fail "the configuration failed; see CMake's message above"
  # A file that includes MLIR or LibTorch takes about 1.5 GB to compile.
  local memory_kib jobs=$cores
  memory_kib=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
  if [ $((memory_kib / 1572864)) -lt "$jobs" ]; then
    jobs=$((memory_kib / 1572864))
    [ "$jobs" -ge 1 ] || jobs=1
  fi
  step "Building with $jobs jobs (the first time takes minutes)"
  local started=$SECONDS
  cmake --build "$build" -j "$jobs" ||
    fail "the build failed; the first error is above"
  step "Built in $((SECONDS - started)) s"
}
