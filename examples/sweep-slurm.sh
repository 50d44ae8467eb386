#!/bin/bash
# Trains the runs that "cyclegan sweep" has listed, each in a job: sbatch --array=1-6 examples/sweep-slurm.sh sweep [options of train]
#
# 6 is the number of runs. A run that was interrupted continues if you submit the array again; runs that are finished end at once.
#SBATCH --job-name=sweep
#SBATCH --gpus=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=08:00:00
# Signal this script (B:) two minutes before the limit, so that the program can finish the step and save.
#SBATCH --signal=B:TERM@120
# A job that lost its machine, or had to make room for another, is queued again and continues.
#SBATCH --requeue
#SBATCH --open-mode=append

set -eu
[ $# -ge 1 ] && [ -n "${SLURM_ARRAY_TASK_ID:-}" ] || { echo "usage: sbatch --array=1-<number of runs> sweep-slurm.sh <folder of the sweep> [options of train]" >&2; exit 2; }
list=$1/runs.txt
shift
settings=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$list")
[ -n "$settings" ] || { echo "$list has no line $SLURM_ARRAY_TASK_ID" >&2; exit 2; }

# The program is bin/cyclegan.js in a checkout, and node_modules/.bin/cyclegan in a project that has installed the package.
program=bin/cyclegan.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# Use exec, so that Slurm's signal reaches the program. npx would exit without forwarding it.
exec "$program" train --continue-train --adapter hardware --config "$settings" "$@"
