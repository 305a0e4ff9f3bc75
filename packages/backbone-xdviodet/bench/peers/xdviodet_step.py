"""XDVioDet in PyTorch: training step (forward, loss, backward, Adam) and scoring. Written from the publication.

Served by torch_peer: features [B, T, D], mask [B, T] and labels [B] of a batch, whose first five bags are also the crops of
the video, and the parameters under their published names.
"""

import math

import torch
import torch.nn.functional as F
from torch_peer import arrays, serve, task

features, labels, mask = (arrays.pop(name) for name in ("features", "labels", "mask"))
length = features.shape[1]
position = torch.arange(length, dtype=torch.float32)
distance = torch.exp(-(position[:, None] - position[None, :]).abs() / math.e)
counts = mask.sum(1)
choices = torch.div(counts, 16, rounding_mode="floor").long() + 1


def masked_softmax(x, mask):
    weights = torch.exp(x) * mask[:, None, :]
    return weights * (mask / (weights.sum(2) + (1 - mask)))[:, :, None]


def similarity(x, mask):
    unit = x / x.norm(dim=2, keepdim=True).clamp_min(1e-15)
    cosine = torch.bmm(unit, unit.transpose(1, 2))
    return masked_softmax(torch.where(cosine > 0.7, cosine, torch.zeros(())), mask)


def scores_alike(logits, mask):
    score = torch.sigmoid(logits.detach())
    apart = (score[:, :, None] - score[:, None, :]).abs()
    return masked_softmax(torch.sigmoid((0.5 - apart) * 10), mask)


def forward(p, rate, features, mask):
    """Channels first, as the convolutions want it: [B, C, T]."""

    def drop(h):
        return F.dropout(h, rate) if rate else h

    def conv(h, name):
        return F.conv1d(h, p[f"{name}.weight"], p[f"{name}.bias"])

    rows = mask[:, None, :]
    h = drop(F.relu(conv(features.transpose(1, 2), "conv1d1")))
    h = drop(F.relu(conv(h, "conv1d2"))) * rows

    q = F.relu(conv(F.relu(conv(h, "approximator.0")), "approximator.2"))
    online = conv(F.pad(q, (4, 0)), "conv1d_approximator")[:, 0]

    branches = []
    graphs = [similarity(features, mask), distance.expand(len(features), -1, -1), scores_alike(online, mask)]
    for graph, first in zip(graphs, (1, 3, 5)):
        spread = graph.transpose(1, 2)

        def through(z, weight):
            return torch.bmm(F.conv1d(z, weight.t()[:, :, None]), spread)

        residual = F.conv1d(h, p[f"gc{first}.residual.weight"], p[f"gc{first}.residual.bias"], padding=2)
        u = drop(F.relu(through(h, p[f"gc{first}.weight"]) + residual)) * rows
        branches.append(drop(F.relu(through(u, p[f"gc{first + 1}.weight"]) + u)))
    joined = torch.cat(branches, 1)
    offline = F.conv1d(joined, p["classifier.weight"][:, :, None], p["classifier.bias"])[:, 0]
    return offline, online


def classification(logits):
    ranked = logits.masked_fill(mask == 0, -3e38).topk(int(choices.max()), dim=1).values
    taken = torch.arange(ranked.shape[1])[None, :] < choices[:, None]
    mean = (ranked * taken).sum(1) / choices
    return F.binary_cross_entropy_with_logits(mean, labels)


def loss_of(p, rate):
    offline, online = forward(p, rate, features, mask)
    target = torch.sigmoid(offline.detach())
    distill = ((target * F.softplus(-online) * mask).sum(1) / counts).mean()
    return classification(offline) + classification(online) + 5 * distill


def trainer(rate):
    p = {name: value.clone().requires_grad_() for name, value in arrays.items()}
    slow = [value for name, value in p.items() if "approximator" in name]
    rest = [value for name, value in p.items() if "approximator" not in name]
    learning_rate = task["learningRate"]
    adam = torch.optim.Adam([{"params": rest}, {"params": slow, "lr": learning_rate / 2}], lr=learning_rate)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(p, rate)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def score():
    return torch.sigmoid(forward(arrays, 0.0, features[:5], mask[:5])[0]).mean(0)


serve(trainer, score)
