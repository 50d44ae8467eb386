#!/bin/bash
# Trains for longer than the time limit of a job: sbatch examples/train-slurm.sh <data set> <name> [options of train]
#
# The tasks of the array run one after the other. The first one starts the run, and the others continue it. The result is the
# same, bit for bit, as that of a single job. Tasks after the end of the training exit at once.
#SBATCH --job-name=train
#SBATCH --array=0-9%1
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
[ $# -ge 2 ] || { echo "usage: sbatch train-slurm.sh <data set> <name> [options of train]" >&2; exit 2; }
dataroot=$1 name=$2
shift 2

# The program is bin/cyclegan.js in a checkout, and node_modules/.bin/cyclegan in a project that has installed the package.
program=bin/cyclegan.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# Use exec, so that Slurm's signal reaches the program. npx would exit without forwarding it. If a machine fails, at most the
# work on 1000 images is lost.
exec "$program" train --continue-train --adapter hardware --dataroot "$dataroot" --name "$name" --save-latest-freq 1000 "$@"
