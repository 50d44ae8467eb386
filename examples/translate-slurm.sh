#!/bin/bash
# Translates a folder on many machines: sbatch examples/translate-slurm.sh <run> <input> <output> [more options of translate]
#
# Each task of the array takes one shard. What is finished is skipped, so a task that was stopped continues when it is queued again:
# sbatch --array=3 … for the fourth only.
#SBATCH --job-name=translate
#SBATCH --array=0-7
#SBATCH --gpus=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --requeue

# Stated, because $SLURM_ARRAY_TASK_COUNT is 1 when a single task is queued again.
SHARDS=8

set -eu
model=$1 input=$2 output=$3
shift 3

# In a checkout the program is dist/cli/main.js, in a project that has installed the package node_modules/.bin/cyclegan.
program=dist/cli/main.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# exec, so that Slurm's signal reaches the program, which finishes the image at hand; npx would exit without forwarding it.
exec "$program" translate --model "$model" --adapter hardware --input "$input" --output "$output" \
  --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --memory 6 --batch 4 "$@"
