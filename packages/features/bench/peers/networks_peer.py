"""The networks of @robusta/features in PyTorch with random weights, for bench/networks.bench.mjs."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_peer import serve, task


class Unit(nn.Sequential):
    """Convolution, batch norm and, where `active`, ReLU."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0, active=True):
        parts = [nn.Conv3d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm3d(outputs)]
        super().__init__(*parts, *([nn.ReLU(inplace=True)] if active else []))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, time, stride, first):
        super().__init__()
        self.path = nn.Sequential(
            Unit(inputs, width, (time, 1, 1), 1, (time // 2, 0, 0)),
            Unit(width, width, (1, 3, 3), (1, stride, stride), (0, 1, 1)),
            Unit(width, 4 * width, 1, active=False),
        )
        self.shortcut = Unit(inputs, 4 * width, 1, (1, stride, stride), active=False) if first else nn.Identity()

    def forward(self, x):
        return F.relu(self.path(x) + self.shortcut(x), inplace=True)


def resnet50():
    layers = [Unit(3, 64, (5, 7, 7), 2, (2, 3, 3)), nn.MaxPool3d((2, 3, 3), 2)]
    inputs = 64
    for stage, count in enumerate([3, 4, 6, 3]):
        width = 64 << stage
        if stage == 1:
            layers.append(nn.MaxPool3d((2, 1, 1), (2, 1, 1)))
        for i in range(count):
            time = 3 if stage == 0 or i % 2 == (1 if stage == 3 else 0) else 1
            layers.append(Bottleneck(inputs, width, time, 2 if i == 0 and stage > 0 else 1, i == 0))
            inputs = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1))


class Mixed(nn.Module):
    def __init__(self, inputs, widths):
        super().__init__()
        b0, b1a, b1b, b2a, b2b, b3b = widths
        self.branches = nn.ModuleList([
            Unit(inputs, b0, 1),
            nn.Sequential(Unit(inputs, b1a, 1), Unit(b1a, b1b, 3, 1, 1)),
            nn.Sequential(Unit(inputs, b2a, 1), Unit(b2a, b2b, 3, 1, 1)),
            nn.Sequential(nn.MaxPool3d(3, 1, 1), Unit(inputs, b3b, 1)),
        ])

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def inception():
    layers = [
        Unit(3, 64, 7, 2, 3), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
        Unit(64, 64, 1), Unit(64, 192, 3, 1, 1), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
    ]
    inputs = 192
    blocks = [
        (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64), 3,
        (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128), 2,
        (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
    ]
    for block in blocks:
        if isinstance(block, int):
            layers.append(nn.MaxPool3d(block, 2, 1 if block == 3 else 0))
            continue
        layers.append(Mixed(inputs, block))
        inputs = block[0] + block[2] + block[4] + block[5]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1))


class Vggish(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 1
        for width in [64, 0, 128, 0, 256, 256, 0, 512, 512, 0]:
            layers += [nn.Conv2d(inputs, width, 3, 1, 1), nn.ReLU(inplace=True)] if width else [nn.MaxPool2d(2)]
            inputs = width or inputs
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(12288, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 128)
        )

    def forward(self, x):
        return self.embeddings(self.features(x).permute(0, 2, 3, 1).flatten(1))


makers = {"i3d-resnet50": resnet50, "i3d-inception": inception, "vggish": Vggish}
network = makers[task["kind"]]().eval()
batch = torch.rand([task["batch"], *task["item"]]) * 2 - 1
serve(None, lambda: network(batch))
