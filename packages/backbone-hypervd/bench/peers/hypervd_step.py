"""HyperVD in PyTorch: training step (forward, loss, backward, Adam) and scoring. Written from the publication.

Served by torch_peer: features [B, T, D], mask [B, T] and labels [B] of a batch, whose first five bags are also the crops of
the video, and the parameters under their published names.
"""

import math

import torch
import torch.nn.functional as F
from torch_peer import arrays, serve, task

features, labels, mask = (arrays.pop(name) for name in ("features", "labels", "mask"))
length = features.shape[1]
visual_width = arrays["conv1d1.weight"].shape[1]
position = torch.arange(length, dtype=torch.float32)
distance = torch.exp(-(position[:, None] - position[None, :]).abs() / math.e)
counts = mask.sum(1)
choices = torch.div(counts, 16, rounding_mode="floor").long() + 1


def masked_softmax(x, mask):
    weights = torch.exp(x) * mask[:, None, :]
    return weights * (mask / (weights.sum(2) + (1 - mask)))[:, :, None]


def flip_time(x):
    return torch.cat([-x[..., :1], x[..., 1:]], -1)


def lift(e):
    norm = e.square().sum(-1, keepdim=True).clamp_min(1e-9).sqrt()
    space = e * (norm.clamp_max(10).sinh() / norm)
    return torch.cat([(1 + space.square().sum(-1, keepdim=True)).sqrt(), space], -1)


def similarity(points, mask):
    z = F.threshold(-torch.bmm(flip_time(points), points.transpose(1, 2)), 1, 1)
    d = torch.log(z + (z * z - 1).clamp_min(1e-14).sqrt()).clamp(1e-6, 200)
    return masked_softmax(F.threshold(torch.exp(-d), 0.8, 0), mask)


def to_hyperboloid(h, scale):
    moment = h[..., :1].sigmoid() * scale.exp() + 1.1
    direction = h[..., 1:]
    squares = direction.square().sum(-1, keepdim=True).clamp_min(1e-8)
    return torch.cat([moment, direction * ((moment * moment - 1) / squares).sqrt()], -1)


def aggregate(graph, x):
    total = graph @ x
    product = (flip_time(total) * total).sum(-1, keepdim=True)
    return total / product.abs().clamp_min(1e-8).sqrt()


def forward(p, rate, features, mask):
    def drop(h):
        return F.dropout(h, rate) if rate else h

    def activate(h):
        return drop(F.leaky_relu(h, 0.01))

    def conv(h, name):
        return F.conv1d(h, p[f"{name}.weight"], p[f"{name}.bias"])

    visual, audio = features[..., :visual_width], features[..., visual_width:]
    h = activate(conv(activate(conv(visual.transpose(1, 2), "conv1d1")), "conv1d2")).transpose(1, 2)
    points = lift(torch.cat([h, audio], -1))
    joined = []
    for graph, branch in ((similarity(points, mask), "HFSGCN"), (distance, "HTRGCN")):
        layer = f"{branch}.encoder.layers.0.linear"
        linear = F.linear(drop(points), p[f"{layer}.weight.weight"], p[f"{layer}.weight.bias"])
        lifted = to_hyperboloid(linear, p[f"{layer}.scale"]) * mask[:, :, None]
        joined.append(activate(aggregate(graph, lifted)))
    product = torch.cat(joined, -1) @ flip_time(p["HyperCLS.cls"]).t()
    return (2 + 2 * product + p["HyperCLS.bias"])[..., 0]


def loss_of(p, rate):
    ranked = forward(p, rate, features, mask).masked_fill(mask == 0, -3e38).topk(int(choices.max()), dim=1).values
    taken = torch.arange(ranked.shape[1])[None, :] < choices[:, None]
    return F.binary_cross_entropy_with_logits((ranked * taken).sum(1) / choices, labels)


def trainer(rate):
    p = {name: value.clone().requires_grad_() for name, value in arrays.items()}
    adam = torch.optim.Adam(p.values(), lr=task["learningRate"])

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(p, rate)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def score():
    return torch.sigmoid(forward(arrays, 0.0, features[:5], mask[:5])).mean(0)


serve(trainer, score)
