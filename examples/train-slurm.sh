#!/bin/bash
# Trains for longer than a job may last: sbatch examples/train-slurm.sh datasets/horse2zebra zebra
#
# The tasks of the array run one after the other. The first makes the run, each other goes on with it, to the same bits as in one
# piece, whether the one before was ended by its time limit, by a lost machine, or by you. Those after the end have nothing to do.
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

# exec, and not npx, which dies of Slurm's signal alone: so it reaches the program. A machine that dies takes the work on 1000 images along at most.
exec node_modules/.bin/cyclegan train --continue-train --dataroot "$dataroot" --name "$name" --save-latest-freq 1000
