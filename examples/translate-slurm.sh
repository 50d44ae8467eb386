#!/bin/bash
# Translates a folder on many machines: sbatch examples/translate-slurm.sh runs/zebra photos striped
#
# Each task of the array takes one shard. What is finished is skipped, so a task that was stopped, by its time limit or
# because its machine was wanted, goes on where it was when it is queued again: sbatch --array=3 … for the fourth alone.
#SBATCH --job-name=translate
#SBATCH --array=0-7
#SBATCH --gpus=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --requeue

# Stated, not $SLURM_ARRAY_TASK_COUNT, which is 1 when a single task is queued again.
SHARDS=8

set -eu
model=$1 input=$2 output=$3

# exec, and not npx, which dies of Slurm's signal alone: so it reaches the program, which finishes the image at hand.
exec node_modules/.bin/cyclegan translate --model "$model" --input "$input" --output "$output" \
  --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --memory 6 --batch 4
