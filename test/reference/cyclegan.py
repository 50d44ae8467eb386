"""CycleGAN's training step in PyTorch, from the paper (arXiv 1703.10593, sections 3 and 4), in float32 or float64."""
import torch
from torch import nn
from torch.nn import functional as F

from gan_losses import discriminator_loss, generator_loss, gradient_penalty
from networks import generator, patch_discriminator, pixel_discriminator

LOSS_NAMES = ["D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"]


def build_networks(options):
    """G_A: A → B, G_B: B → A; D_A judges domain B, D_B domain A."""
    a, b = options["inputNc"], options["outputNc"]

    def discriminator(channels):
        if options["netD"] == "pixel":
            return pixel_discriminator(channels, options["ndf"])
        return patch_discriminator(channels, options["ndf"], options["nLayersD"])

    return nn.ModuleDict({
        "G_A": generator(a, b, options["ngf"], options["nBlocks"]),
        "G_B": generator(b, a, options["ngf"], options["nBlocks"]),
        "D_A": discriminator(b),
        "D_B": discriminator(a),
    })


class ImagePool:
    """Generated images that the discriminators are shown again (arXiv 1612.07828, section 2.3), one image at a time."""

    def __init__(self, capacity, random):
        self.capacity, self.random, self.images = capacity, random, []

    def query(self, images):
        return torch.stack([self.trade(image) for image in images.detach()])

    def trade(self, image):
        if self.capacity == 0:
            return image
        if len(self.images) < self.capacity:
            self.images.append(image)
            return image
        if self.random.uniform() > 0.5:
            slot = self.random.integer(self.capacity)
            old, self.images[slot] = self.images[slot], image
            return old
        return image


def parameters(*networks):
    return [parameter for network in networks for parameter in network.parameters()]


class Trainer:
    def __init__(self, options, networks, random):
        self.options = options
        self.networks = networks
        self.G_A, self.G_B, self.D_A, self.D_B = (networks[name] for name in ("G_A", "G_B", "D_A", "D_B"))
        adam = {"lr": options["lr"], "betas": (options["beta1"], 0.999), "eps": 1e-8}
        self.optimizer_G = torch.optim.Adam(parameters(self.G_A, self.G_B), **adam)
        self.optimizer_D = torch.optim.Adam(parameters(self.D_A, self.D_B), **adam)
        self.fake_A_pool = ImagePool(options["poolSize"], random.stream("fake_A pool"))
        self.fake_B_pool = ImagePool(options["poolSize"], random.stream("fake_B pool"))
        self.shares = random.stream("gradient penalty")

    def step(self, real_A, real_B):
        """Both generators, then both discriminators on images of the generators before their update."""
        images = self.translate(real_A, real_B)
        losses = {name: torch.zeros(()) for name in LOSS_NAMES}
        losses.update(self.step_generators(images))
        losses.update(self.step_discriminators(images))
        return images, {name: losses[name].item() for name in LOSS_NAMES}

    def translate(self, real_A, real_B):
        fake_B, fake_A = self.G_A(real_A), self.G_B(real_B)
        images = {"real_A": real_A, "fake_B": fake_B, "rec_A": self.G_B(fake_B)}
        images |= {"real_B": real_B, "fake_A": fake_A, "rec_B": self.G_A(fake_A)}
        if self.options["lambdaIdentity"] > 0:
            images |= {"idt_A": self.G_A(real_B), "idt_B": self.G_B(real_A)}
        return images

    def step_generators(self, images):
        lambda_A, lambda_B = self.options["lambdaA"], self.options["lambdaB"]
        for parameter in parameters(self.D_A, self.D_B):
            parameter.requires_grad_(False)
        losses = {
            "G_A": generator_loss(self.options, self.D_A(images["fake_B"])),
            "G_B": generator_loss(self.options, self.D_B(images["fake_A"])),
            "cycle_A": lambda_A * F.l1_loss(images["rec_A"], images["real_A"]),
            "cycle_B": lambda_B * F.l1_loss(images["rec_B"], images["real_B"]),
        }
        if "idt_A" in images:
            identity = self.options["lambdaIdentity"]
            losses["idt_A"] = lambda_B * identity * F.l1_loss(images["idt_A"], images["real_B"])
            losses["idt_B"] = lambda_A * identity * F.l1_loss(images["idt_B"], images["real_A"])
        self.optimizer_G.zero_grad()
        sum(losses.values()).backward()
        self.optimizer_G.step()
        for parameter in parameters(self.D_A, self.D_B):
            parameter.requires_grad_(True)
        return losses

    def step_discriminators(self, images):
        self.optimizer_D.zero_grad()
        losses = {
            "D_A": self.discriminate(self.D_A, images["real_B"], self.fake_B_pool.query(images["fake_B"])),
            "D_B": self.discriminate(self.D_B, images["real_A"], self.fake_A_pool.query(images["fake_A"])),
        }
        self.optimizer_D.step()
        return losses

    def discriminate(self, discriminator, real, fake):
        loss = discriminator_loss(self.options, discriminator(real), True) + discriminator_loss(self.options, discriminator(fake), False)
        if self.options["ganMode"] == "wgangp":
            loss = loss + gradient_penalty(discriminator, real, fake, [self.shares.uniform() for _ in real])
        loss = loss / 2
        loss.backward()
        return loss
