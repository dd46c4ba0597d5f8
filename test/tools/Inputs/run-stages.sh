# run-stages.sh SPEC OUT STAGE...: runs the IR of each stage of a specification,
# and compares what comes out with OUT, the study of the specification.
set -e
spec=$1
out=$2
shift 2
for stage in "$@"; do
  nasc "$spec" --emit="$stage" -o "$stage.mlir"
  nasc "$stage.mlir" -o "from-$stage" --threads=2
  cmp "$out/winner1/weights.safetensors" "from-$stage/winner1/weights.safetensors"
  cmp "$out/winner1/cost.json" "from-$stage/winner1/cost.json"
done
