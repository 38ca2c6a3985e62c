#!/usr/bin/env bash
# Builds the search for 64-bit ARM with Debian's cross compiler and runs its differential fuzz target over the kept seeds and
# 200 random inputs under qemu: NEON against the portable kernel, and the index against the plain scan.
#   run.sh SOURCE_ROOT SCRATCH
set -euo pipefail
root=$1 scratch=$2
mkdir -p "$scratch/random"
flags=(-std=c++20 -O2 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I "$root/src" -idirafter /usr/include)
sources=("$root"/src/gallery/search/*.cpp "$root/tests/fuzz/search_fuzz.cpp" "$root/tests/fuzz/replay.cpp" "$root/src/base/result.cpp")
objects=()
for source in "${sources[@]}"; do
  [[ $source == *_test.cpp ]] && continue
  object=$scratch/$(basename "$source" .cpp).o
  aarch64-linux-gnu-g++ "${flags[@]}" -c "$source" -o "$object"
  objects+=("$object")
done
aarch64-linux-gnu-g++ -static "${objects[@]}" -pthread -o "$scratch/search_replay"
python3 - "$scratch/random" <<'PY'
import pathlib, random, sys
numbers = random.Random(7)
for i in range(200):
    pathlib.Path(sys.argv[1], f"{i}.bin").write_bytes(numbers.randbytes(numbers.randrange(50, 6000)))
PY
qemu-aarch64 "$scratch/search_replay" "$root/tests/fuzz/corpus/search" "$scratch/random"
