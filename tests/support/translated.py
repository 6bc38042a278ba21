"""The real libraries, given code or arguments, for a few updates on gradients of ours; and settings drawn at random."""

from __future__ import annotations

import random

import numpy as np

CURVATURES = [[1.0, 0.6, 0.3], [0.5]]
START = [[2.0, 2.0, 2.0], [2.0]]
UPDATES = 20


def gradient(weights, k: int) -> list[list[float]]:
    """A noisy bowl around 1, the same noise for every library."""
    noise = random.Random(k)
    return [
        [c * (w - 1 + noise.uniform(-1, 1)) for c, w in zip(row, variable, strict=True)]
        for row, variable in zip(CURVATURES, weights, strict=True)
    ]


def flat(path) -> np.ndarray:
    """Weights of (kernel, bias) for each update as one array."""
    return np.array([[*kernel, *bias] for kernel, bias in path], dtype=float)


# ---------------------------------------------------------------- the real ones


def keras_run(keras, optimizer, regularizer=None, kernels=False, accumulate=1, times=1, updates=UPDATES):
    """The real Keras, whose gradient may be `times` the mean one."""
    import jax

    variables = [
        keras.Variable(np.array(values), name=name)
        for name, values in zip(("kernel", "bias"), START, strict=True)
    ]
    optimizer.build(variables)
    weights = [v.value for v in variables]
    state = [v.value for v in optimizer.variables]
    # compiled once: in single operations JAX compiles the conditions of every update anew
    step = jax.jit(lambda state, slopes, weights: optimizer.stateless_apply(state, slopes, weights))
    path = [START]
    for k in range(updates):
        for _ in range(accumulate):
            here = [np.asarray(w) for w in weights]
            slopes = [times * np.array(g) for g in gradient(here, k)]
            if regularizer is not None:
                for i in range(1 if kernels else 2):
                    slopes[i] = slopes[i] + 2 * float(regularizer.l2) * here[i]
            weights, state = step(state, slopes, weights)
        path.append([np.asarray(w) for w in weights])
    return flat(path)


def optax_run(optimizer, accumulate=1, times=1, updates=UPDATES):
    """The real optax, on a kernel of two dimensions, so that a mask knows it."""
    import jax
    import jax.numpy as jnp
    import optax

    params = {"kernel": jnp.array([START[0]]), "bias": jnp.array(START[1])}
    state = optimizer.init(params)
    step = jax.jit(optimizer.update)
    path = [START]
    for k in range(updates):
        for _ in range(accumulate):
            weights = [np.asarray(params["kernel"])[0], np.asarray(params["bias"])]
            kernel, bias = (times * np.array(g) for g in gradient(weights, k))
            slopes = {"kernel": jnp.array([kernel]), "bias": jnp.array(bias)}
            update, state = step(slopes, state, params)
            params = optax.apply_updates(params, update)
        path.append([np.asarray(params["kernel"])[0], np.asarray(params["bias"])])
    return flat(path)


class TorchModel:
    """What a script of PyTorch's calls a model."""

    def __init__(self, torch):
        self.kernel = torch.nn.Parameter(torch.tensor([START[0]], dtype=torch.float64))
        self.bias = torch.nn.Parameter(torch.tensor(START[1], dtype=torch.float64))

    def parameters(self):
        """The two."""
        return [self.kernel, self.bias]

    def named_parameters(self):
        """The two, by name."""
        return [("kernel", self.kernel), ("bias", self.bias)]


def torch_run(torch, model, optimizer, clip=None, scheduler=None, every=1, times=1, updates=UPDATES):
    """The real PyTorch; `every` updates the scheduler takes a step."""
    path = [START]
    for k in range(updates):
        weights = [model.kernel.detach().numpy()[0].copy(), model.bias.detach().numpy().copy()]
        kernel, bias = (times * np.array(g) for g in gradient(weights, k))
        model.kernel.grad, model.bias.grad = torch.tensor(kernel[None]), torch.tensor(bias)
        if clip:
            clip()
        optimizer.step()
        if scheduler and (k + 1) % every == 0:
            scheduler.step()
        path.append([model.kernel.detach().numpy()[0].copy(), model.bias.detach().numpy().copy()])
    return flat(path)


def made_by(code: str, **known) -> dict:
    """The names that a piece of code makes."""
    names = {"__name__": "__main__", **known}
    exec(compile(code, "translated", "exec"), names)
    return names


# ---------------------------------------------------------------- settings at random


def _loop(draw: random.Random) -> dict:
    batches = draw.choice([4, 5, 6])
    return {
        "batches_per_epoch": batches,
        "epochs": draw.choice([6, 8]),
        "batch_size": draw.choice([8, 16]),
    }


def _drawn_torch(draw: random.Random) -> dict:
    momentum = draw.choice([0.0, 0.5, 0.9])
    nesterov = momentum > 0 and draw.random() < 0.5
    args = {
        "lr": draw.choice([0.05, 0.1, 0.03]),
        "momentum": momentum,
        "nesterov": nesterov,
        "weight_decay": draw.choice([0.0, 5e-4, 0.05]),
        **_loop(draw),
    }
    if not nesterov and momentum and draw.random() < 0.3:
        args["dampening"] = draw.choice([0.1, 0.5])
    which = draw.random()
    if which < 0.4:
        args["clip_grad_norm_"] = draw.choice([0.3, 1.0])
    elif which < 0.6:
        args["clip_grad_value_"] = draw.choice([0.2, 0.5])
    args["scheduler"] = draw.choice(
        ["none", "StepLR", "CosineAnnealingLR", "LinearLR", "LinearLR, then CosineAnnealingLR", "OneCycleLR"]
    )
    args["step_every"] = draw.choice(["epoch", "update"])
    unit = args["epochs"] if args["step_every"] == "epoch" else args["epochs"] * args["batches_per_epoch"]
    args["step_size"] = max(1, unit // 4)
    args["T_max"] = unit
    args["total_iters"] = max(1, unit // 5)
    args["eta_min"] = draw.choice([0.0, 0.001])
    args["start_factor"] = draw.choice([0.1, 0.25])
    args["end_factor"] = draw.choice([1.0, 0.5])
    args["gamma"] = draw.choice([0.1, 0.5])
    args["cycle_momentum"] = draw.random() < 0.5
    if not momentum:
        args["cycle_momentum"] = False
    args["reduction"] = draw.choice(["mean", "mean", "sum"])
    if args["reduction"] == "sum":
        args["lr"] /= 16
    args["label_smoothing"] = draw.choice([0.0, 0.1])
    return args


def _drawn_optax(draw: random.Random) -> dict:
    loop = _loop(draw)
    form = draw.choice(["trace", "ema"])
    args = {
        "learning_rate": draw.choice([0.05, 0.1]),
        "momentum": draw.choice([0.0, 0.5, 0.9]),
        "momentum_form": form,
        "debias": draw.random() < 0.5,
        "nesterov": form == "trace" and draw.random() < 0.5,
        "add_decayed_weights": draw.choice([0.0, 5e-4, 0.05]),
        "decay_place": draw.choice(["after the clip", "before the clip", "after the momentum"]),
        "spare_biases": draw.random() < 0.5,
        "schedule": draw.choice(
            ["constant", "cosine_decay_schedule", "warmup_cosine_decay_schedule", "exponential_decay"]
        ),
        "decay_steps": 24,
        "alpha": draw.choice([0.0, 0.1]),
        "warmup_steps": 5,
        "init_value": draw.choice([0.0, 0.01]),
        "end_value": draw.choice([0.0, 0.001]),
        "transition_steps": 7,
        "decay_rate": draw.choice([0.1, 0.5]),
        "accumulate": draw.choice([1, 1, 2]),
        **loop,
    }
    which = draw.random()
    if which < 0.4:
        args["clip_by_global_norm"] = draw.choice([0.3, 1.0])
    elif which < 0.6:
        args["clip"] = draw.choice([0.2, 0.5])
    return args


def _drawn_keras(draw: random.Random) -> dict:
    args = {
        "learning_rate": draw.choice([0.05, 0.1]),
        "momentum": draw.choice([0.0, 0.5, 0.9]),
        "nesterov": draw.random() < 0.5,
        "spare_biases": draw.random() < 0.5,
        "schedule": draw.choice(
            ["constant", "CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay"]
        ),
        "decay_steps": draw.choice([8, 18]),
        "decay_rate": draw.choice([0.1, 0.5]),
        "alpha": draw.choice([0.0, 0.1]),
        "end_learning_rate": draw.choice([0.0, 0.01]),
        "accumulate": draw.choice([1, 1, 2]),
        **_loop(draw),
    }
    if draw.random() < 0.5:
        args |= {"warmup_target": 0.2, "warmup_steps": 6}
    which = draw.random()
    if which < 0.3:
        args["weight_decay"] = draw.choice([0.01, 0.1])
    elif which < 0.6:
        args["l2"] = draw.choice([0.001, 0.02])
    clip = draw.choice(["", "global_clipnorm", "clipnorm", "clipvalue"])
    if clip:
        args[clip] = draw.choice([0.2, 0.6])
    return args


def _drawn_mlp(draw: random.Random) -> dict:
    return {
        "learning_rate_init": draw.choice([0.01, 0.05]),
        "learning_rate": draw.choice(["constant", "invscaling"]),
        "power_t": draw.choice([0.25, 0.5]),
        "momentum": draw.choice([0.0, 0.5, 0.9]),
        "nesterovs_momentum": draw.random() < 0.5,
        "alpha": draw.choice([0.0, 0.0001, 0.3]),
        **_loop(draw),
    }


def _drawn_sgdclassifier(draw: random.Random) -> dict:
    return {
        "learning_rate": draw.choice(["optimal", "constant", "invscaling"]),
        "eta0": draw.choice([0.01, 0.1]),
        "power_t": draw.choice([0.25, 0.5, 1.0]),
        "alpha": draw.choice([0.001, 0.05]),
        "loss": draw.choice(["hinge", "log_loss"]),
        "average": draw.random() < 0.3,
        "samples": 5,
        "epochs": 4,
    }


def _drawn_timm(draw: random.Random) -> dict:
    args = {
        "opt": draw.choice(["sgd", "momentum"]),
        "lr": draw.choice([0.05, 0.1]),
        "momentum": draw.choice([0.5, 0.9]),
        "weight_decay": draw.choice([0.0, 0.01]),
        "clip_mode": draw.choice(["norm", "value"]),
        "sched": draw.choice(["cosine", "step", "none"]),
        "decay_epochs": 2,
        "decay_rate": draw.choice([0.1, 0.5]),
        "min_lr": draw.choice([0.0, 0.001]),
        "warmup_epochs": draw.choice([0, 2]),
        "warmup_lr": draw.choice([0.0, 0.01]),
        "warmup_prefix": draw.random() < 0.5,
        **_loop(draw),
    }
    if draw.random() < 0.6:
        args["clip_grad"] = draw.choice([0.3, 1.0])
    return args


DRAWN = {
    "torch": _drawn_torch,
    "optax": _drawn_optax,
    "keras2": _drawn_keras,
    "keras3": _drawn_keras,
    "mlp": _drawn_mlp,
    "sgdclassifier": _drawn_sgdclassifier,
    "timm": _drawn_timm,
}


def settings(library: str, many: int, seed: int = 0) -> list[dict]:
    """So many settings of a library, always the same for a seed."""
    draw = random.Random(f"{library} {seed}")
    return [DRAWN[library](draw) for _ in range(many)]
