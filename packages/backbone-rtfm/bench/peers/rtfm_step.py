"""RTFM in PyTorch: training step (forward, loss, backward, Adam) and scoring. Written from the publication.

Served by torch_peer: features [bags·crops, T, D] and labels [bags] of a batch whose first half is normal,
video [T, crops, D], and weights and running statistics under their published names.
"""

import torch
import torch.nn.functional as F
from torch_peer import arrays, serve, task

SELECTED = 3
MARGIN = 100

features, labels, video = (arrays.pop(name) for name in ("features", "labels", "video"))
statistics = {name: value for name, value in arrays.items() if ".running_" in name}
weights = {name: value for name, value in arrays.items() if name not in statistics}
bags = len(labels)
crops = len(features) // bags


def forward(p, running, x, rate, training):
    """Channels first, as the convolutions want it: [B, C, T]. Gives features [B, T, D] and scores [B, T]."""

    def drop(h):
        return F.dropout(h, rate) if training and rate else h

    def conv(h, name, dilation=1):
        weight = p[f"{name}.weight"]
        reach = (weight.shape[2] - 1) // 2 * dilation
        return F.conv1d(h, weight, p.get(f"{name}.bias"), padding=reach, dilation=dilation)

    def norm(h, name):
        mean, variance = running[f"{name}.running_mean"], running[f"{name}.running_var"]
        return F.batch_norm(h, mean, variance, p[f"{name}.weight"], p[f"{name}.bias"], training)

    def linear(h, name):
        return F.linear(h, p[f"{name}.weight"], p[f"{name}.bias"])

    z = x.transpose(1, 2)
    branches = []
    for i, dilation in enumerate((1, 2, 4), 1):
        branches.append(norm(F.relu(conv(z, f"Aggregate.conv_{i}.0", dilation)), f"Aggregate.conv_{i}.2"))
    query = F.relu(conv(z, "Aggregate.conv_4.0"))
    theta, phi, g = (conv(query, f"Aggregate.non_local.{name}") for name in ("theta", "phi", "g"))
    relation = torch.bmm(theta.transpose(1, 2), phi) / z.shape[2]
    attended = torch.bmm(g, relation.transpose(1, 2))
    branches.append(norm(conv(attended, "Aggregate.non_local.W.0"), "Aggregate.non_local.W.1") + query)
    fused = norm(F.relu(conv(torch.cat(branches, 1), "Aggregate.conv_5.0")), "Aggregate.conv_5.2")
    chosen = drop((fused + z).transpose(1, 2))
    h = drop(F.relu(linear(chosen, "fc1")))
    h = drop(F.relu(linear(h, "fc2")))
    return chosen, torch.sigmoid(linear(h, "fc3"))[..., 0]


def by_bag(rows):
    return rows.view(bags, crops, *rows.shape[1:])


def loss_of(p, running, rate):
    h, s = forward(p, running, features, rate, training=True)
    scores = by_bag(s).mean(1)
    with torch.no_grad():
        magnitudes = by_bag(h.norm(dim=2)).mean(1)
        keep = F.dropout(torch.ones_like(magnitudes), rate) if rate else torch.ones_like(magnitudes)
        chosen = (magnitudes * keep).topk(SELECTED, dim=1).indices
    bag_scores = scores.gather(1, chosen).mean(1)
    index = chosen[:, None, :, None].expand(-1, crops, -1, h.shape[2])
    magnitude = by_bag(h).gather(2, index).mean(2).norm(dim=2)
    normal, anomalous = magnitude[: bags // 2], magnitude[bags // 2 :]
    row = scores[bags // 2 :].reshape(-1)
    return (
        F.binary_cross_entropy(bag_scores, labels)
        + 1e-4 * ((MARGIN - anomalous).abs() + normal).square().mean()
        + 8e-3 * row.norm()
        + 8e-4 * (row[1:] - row[:-1]).square().sum()
    )


def trainer(rate):
    p = {name: value.clone().requires_grad_() for name, value in weights.items()}
    running = {name: value.clone() for name, value in statistics.items()}
    adam = torch.optim.Adam(p.values(), lr=task["learningRate"], weight_decay=task["weightDecay"])

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(p, running, rate)
        loss.backward()
        adam.step()
        return loss.item()

    return step


def score():
    return forward(weights, statistics, video.transpose(0, 1), 0.0, training=False)[1].mean(0)


serve(trainer, score)
