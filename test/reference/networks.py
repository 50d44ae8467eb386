"""CycleGAN's networks in PyTorch, from the paper's appendix (arXiv 1703.10593), with published checkpoints' names."""
import torch
from torch import nn
from torch.nn import functional as F

SLOPE = 0.2


def norm(channels):
    return nn.InstanceNorm2d(channels)  # eps 1e-5, no affine parameters


class Named(nn.Module):
    """Layers under a name, which begins the names of their parameters."""

    def __init__(self, name, layers):
        super().__init__()
        self.add_module(name, nn.Sequential(*layers))
        self.layers_name = name

    def forward(self, x):
        return getattr(self, self.layers_name)(x)


class ResidualBlock(Named):
    def __init__(self, channels):
        def conv():
            return [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels)]

        super().__init__("conv_block", [*conv(), nn.ReLU(), *conv()])

    def forward(self, x):
        return x + super().forward(x)


class Downsample(nn.Module):
    """CUT's halving: a fixed blur, then every second pixel."""

    def __init__(self, channels):
        super().__init__()
        factor = torch.tensor([1.0, 2.0, 1.0])
        self.register_buffer("filt", (factor[:, None] * factor / 16)[None, None].repeat(channels, 1, 1, 1))

    def forward(self, x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.filt, stride=2, groups=x.shape[1])


class Upsample(nn.Module):
    """CUT's doubling: a transposed convolution with a fixed filter."""

    def __init__(self, channels):
        super().__init__()
        factor = torch.tensor([1.0, 3.0, 3.0, 1.0])
        self.register_buffer("filt", (factor[:, None] * factor / 64 * 4)[None, None].repeat(channels, 1, 1, 1))

    def forward(self, x):
        doubled = F.conv_transpose2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), self.filt, stride=2, padding=2, groups=x.shape[1])
        return doubled[:, :, 1:-1, 1:-1]


def generator(input_nc, output_nc, ngf, n_blocks):
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(input_nc, ngf, 7), norm(ngf), nn.ReLU()]
    for channels in (ngf, 2 * ngf):
        layers += [nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1), norm(2 * channels), nn.ReLU()]
    layers += [ResidualBlock(4 * ngf) for _ in range(n_blocks)]
    for channels in (4 * ngf, 2 * ngf):
        half = channels // 2
        up = nn.ConvTranspose2d(channels, half, 3, stride=2, padding=1, output_padding=1)
        layers += [up, norm(half), nn.ReLU()]
    return Named("model", [*layers, nn.ReflectionPad2d(3), nn.Conv2d(ngf, output_nc, 7), nn.Tanh()])


def patch_discriminator(input_nc, ndf, n_layers):
    layers = [nn.Conv2d(input_nc, ndf, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
    channels = ndf
    for layer in range(1, n_layers + 1):
        wider = ndf * min(2**layer, 8)
        stride = 2 if layer < n_layers else 1
        layers += [nn.Conv2d(channels, wider, 4, stride=stride, padding=1), norm(wider), nn.LeakyReLU(SLOPE)]
        channels = wider
    return Named("model", [*layers, nn.Conv2d(channels, 1, 4, padding=1)])


def pixel_discriminator(input_nc, ndf):
    first = [nn.Conv2d(input_nc, ndf, 1), nn.LeakyReLU(SLOPE)]
    second = [nn.Conv2d(ndf, 2 * ndf, 1), norm(2 * ndf), nn.LeakyReLU(SLOPE)]
    return Named("net", [*first, *second, nn.Conv2d(2 * ndf, 1, 1)])


def biases_before_norm(network):
    """Names of the biases that instance norm cancels: their gradient is zero but for rounding."""
    names = []
    for prefix, module in network.named_modules():
        if not isinstance(module, nn.Sequential):
            continue
        layers = list(module.named_children())
        names += [
            f"{prefix}.{name}.bias"
            for (name, layer), (_, following) in zip(layers, layers[1:])
            if isinstance(following, nn.InstanceNorm2d)
        ]
    return names
