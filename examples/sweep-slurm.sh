#!/bin/bash
# Trains the runs that "cyclegan sweep" has listed, each in a job: sbatch --array=1-6 examples/sweep-slurm.sh sweep
#
# 6 is the number of runs. A run that was interrupted continues if you submit the array again; runs that are finished end at once.
#SBATCH --job-name=sweep
#SBATCH --gpus=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=08:00:00
# Signal this script (B:) two minutes before the limit, so that the program can finish the step and save.
#SBATCH --signal=B:TERM@120

set -eu
settings=$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$1/runs.txt")
[ -n "$settings" ] || { echo "$1/runs.txt has no line $SLURM_ARRAY_TASK_ID" >&2; exit 2; }

# The program is bin/cyclegan.js in a checkout, and node_modules/.bin/cyclegan in a project that has installed the package.
program=bin/cyclegan.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# Use exec, so that Slurm's signal reaches the program. npx would exit without forwarding it.
exec "$program" train --continue-train --adapter hardware --config "$settings"
