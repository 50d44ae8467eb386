"""The adversarial losses of a --gan-mode, from their papers, for the training steps of cyclegan.py and pix2pix.py."""
import torch
from torch.nn import functional as F

LAMBDA = 10


def generator_loss(options, judged):
    if options["ganMode"] in ("hinge", "wgangp"):
        return -judged.mean()
    return labelled(options, judged, 1.0)


def discriminator_loss(options, judged, is_real):
    sign = 1 if is_real else -1
    if options["ganMode"] == "hinge":
        return F.relu(1 - sign * judged).mean()
    if options["ganMode"] == "wgangp":
        return -sign * judged.mean()
    smoothing = options.get("labelSmoothing", 0)
    return labelled(options, judged, 1 - smoothing if is_real else smoothing)


def labelled(options, judged, label):
    loss = F.mse_loss if options["ganMode"] == "lsgan" else F.binary_cross_entropy_with_logits
    return loss(judged, torch.full_like(judged, label))


def watch_hinges(options, discriminators, see):
    """Shows the distances of all judgements from the kinks of their hinges."""
    if options["ganMode"] != "hinge":
        return
    for discriminator in discriminators:
        discriminator.register_forward_hook(lambda module, inputs, judged: see(1 - judged.detach().abs()))


def gradient_penalty(discriminator, real, fake, shares):
    """The reference's cal_gradient_penalty of type "mixed"; shares: α of each image."""
    shares = torch.tensor(shares, dtype=real.dtype).view(-1, 1, 1, 1)
    mixed = (shares * real + (1 - shares) * fake).detach().requires_grad_(True)
    judged = discriminator(mixed)
    gradients = torch.autograd.grad(judged, mixed, torch.ones_like(judged), create_graph=True)[0].reshape(real.size(0), -1)
    return (((gradients + 1e-16).norm(2, dim=1) - 1) ** 2).mean() * LAMBDA
