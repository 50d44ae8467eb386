#!/bin/bash
# Translates a folder on many machines: sbatch examples/translate-slurm.sh <run> <input> <output> [options of translate]
#
# Each task of the array translates one shard. Finished images are skipped, so a task that was stopped continues when it is queued
# again, for example only the fourth task with sbatch --array=3 ….
#SBATCH --job-name=translate
#SBATCH --array=0-7
#SBATCH --gpus=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --requeue
#SBATCH --open-mode=append

# A constant, because $SLURM_ARRAY_TASK_COUNT is 1 if a single task is queued again.
SHARDS=8

set -eu
[ $# -ge 3 ] || { echo "usage: sbatch translate-slurm.sh <run> <input> <output> [options of translate]" >&2; exit 2; }
model=$1 input=$2 output=$3
shift 3

# The program is bin/cyclegan.js in a checkout, and node_modules/.bin/cyclegan in a project that has installed the package.
program=bin/cyclegan.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# Use exec, so that Slurm's signal reaches the program, which then finishes its image. npx would exit without forwarding it.
exec "$program" translate --model "$model" --adapter hardware --input "$input" --output "$output" \
  --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --memory 6 --batch 4 "$@"
