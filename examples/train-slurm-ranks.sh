#!/bin/bash
# Trains on all GPUs of several machines together: sbatch examples/train-slurm-ranks.sh <data set> <name> [options of train]
#
# Each task of the job is a rank with a GPU of its own and computes its part of every batch. The jobs of the array run one after the
# other and continue the run, as in train-slurm.sh.
#SBATCH --job-name=train-ranks
#SBATCH --array=0-9%1
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=4G
#SBATCH --time=08:00:00
# Signal the ranks two minutes before the limit, so that they can finish the step and save.
#SBATCH --signal=TERM@120
# A job that lost a machine, or had to make room for another, is queued again and continues.
#SBATCH --requeue
#SBATCH --open-mode=append

set -eu
[ $# -ge 2 ] || { echo "usage: sbatch train-slurm-ranks.sh <data set> <name> [options of train]" >&2; exit 2; }
dataroot=$1 name=$2
shift 2

# The program is bin/cyclegan.js in a checkout, and node_modules/.bin/cyclegan in a project that has installed the package.
program=bin/cyclegan.js
[ -e "$program" ] || program=node_modules/.bin/cyclegan

# What the ranks need to find each other. Jobs that share a machine get different ports. The secret keeps others out.
MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
MASTER_PORT=$((20000 + SLURM_JOB_ID % 10000))
CYCLEGAN_SECRET=$(openssl rand -hex 16)
export MASTER_ADDR MASTER_PORT CYCLEGAN_SECRET WORLD_SIZE=$SLURM_NTASKS

# One image for each rank, unless the options say otherwise. Use exec, so that Slurm's signals reach srun, which forwards them.
exec srun bash -c 'RANK=$SLURM_PROCID LOCAL_RANK=$SLURM_LOCALID exec "$0" "$@"' "$program" train --continue-train \
  --adapter hardware --dataroot "$dataroot" --name "$name" --batch-size "$SLURM_NTASKS" --save-latest-freq 1000 "$@"
