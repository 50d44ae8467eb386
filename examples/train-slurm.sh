#!/bin/bash
# Trains for longer than a job may last: sbatch examples/train-slurm.sh <data set> <name> [more options of train]
#
# The tasks of the array run one after the other. The first makes the run, each of the others continues it, to the same bits as in
# one piece. Tasks after the end have nothing to do.
#SBATCH --job-name=train
#SBATCH --array=0-9%1
#SBATCH --gpus=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time=08:00:00
# Two minutes before the limit, to this script (B:), to finish the step and save.
#SBATCH --signal=B:TERM@120

set -eu
dataroot=$1 name=$2
shift 2

# In a checkout the program is dist/cli/main.js, in a project that has installed the package node_modules/.bin/cyclegan.
program=dist/cli/main.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# exec, so that Slurm's signal reaches the program; npx would exit on it without forwarding it. A machine that dies loses the work
# on 1000 images at most.
exec "$program" train --continue-train --adapter hardware --dataroot "$dataroot" --name "$name" --save-latest-freq 1000 "$@"
