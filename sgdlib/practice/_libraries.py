"""What the translator knows of each library: its arguments, what they may be, and the calls that carry them.

Data and no code, since the page is told all of it (translator.mjs).
"""

from __future__ import annotations

NAMES = {
    "torch": "PyTorch",
    "optax": "optax",
    "keras2": "Keras 2 (tf_keras)",
    "mlp": "scikit-learn's MLPClassifier",
    "sgdclassifier": "scikit-learn's SGDClassifier",
    "timm": "timm",
    "keras3": "Keras 3",
}

POSITIVE = ("a number above 0", 0, None, True, False)
FROM_ZERO = ("a number of at least 0", 0, None, False, False)
BELOW_ONE = ("a number from 0 to below 1", 0, 1, False, True)
SHARE = ("a number from 0 to 1", 0, 1, False, False)
COUNT = ("a whole number of at least 1", 1, None, False, False)


def _number(name, default, limits, when=None, whole=False, blank=False):
    allowed, low, high, above, below = limits
    if blank:
        allowed += ", or empty"
    return {
        "name": name,
        "kind": "count" if whole else "number",
        "default": default,
        "allowed": allowed,
        "low": low,
        "high": high,
        "above": above,
        "below": below,
        "blank": blank,
        "when": when or [],
    }


def _optional(name, limits, when=None):
    return _number(name, None, limits, when, blank=True)


def _count(name, default, when=None, blank=False):
    return _number(name, default, COUNT, when, whole=True, blank=blank)


def _flag(name, default, when=None):
    return {
        "name": name,
        "kind": "flag",
        "default": default,
        "allowed": "True or False",
        "when": when or [],
    }


def _choice(name, values, when=None):
    return {
        "name": name,
        "kind": "choice",
        "default": values[0],
        "values": values,
        "allowed": f"one of {', '.join(values)}",
        "when": when or [],
    }


def _loop(batch_size=32, extra=()):
    return [
        _count("batches_per_epoch", 100),
        _count("epochs", 30),
        _count("batch_size", batch_size),
        *extra,
    ]


_REDUCTION = [
    _count("accumulate", 1),
    _choice("reduction", ["mean", "sum"]),
    _number("label_smoothing", 0.0, BELOW_ONE),
]
_ANY_SCHEDULER = [
    "scheduler",
    ["StepLR", "CosineAnnealingLR", "LinearLR", "LinearLR, then CosineAnnealingLR"],
]
_COSINE = ["scheduler", ["CosineAnnealingLR", "LinearLR, then CosineAnnealingLR"]]
_LINEAR = ["scheduler", ["LinearLR", "LinearLR, then CosineAnnealingLR"]]
_ONE_CYCLE = ["scheduler", ["OneCycleLR"]]


def _keras(decay):
    constant = [_number("decay", 0.0, FROM_ZERO, ["schedule", ["constant"]])] if decay else []
    return [
        _number("learning_rate", 0.01, POSITIVE),
        _number("momentum", 0.0, BELOW_ONE),
        _flag("nesterov", False),
        *constant,
        _optional("weight_decay", FROM_ZERO),
        _number("l2", 0.0, FROM_ZERO),
        _flag("spare_biases", False),
        _optional("global_clipnorm", POSITIVE),
        _optional("clipnorm", POSITIVE),
        _optional("clipvalue", POSITIVE),
        _choice(
            "schedule",
            ["constant", "CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay"],
        ),
        _count(
            "decay_steps",
            3000,
            ["schedule", ["CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay"]],
        ),
        _number("decay_rate", 0.1, POSITIVE, ["schedule", ["ExponentialDecay", "InverseTimeDecay"]]),
        _number("alpha", 0.0, SHARE, ["schedule", ["CosineDecay"]]),
        _number("end_learning_rate", 0.0, FROM_ZERO, ["schedule", ["PolynomialDecay"]]),
        _optional("warmup_target", POSITIVE, ["schedule", ["CosineDecay"]]),
        _number(
            "warmup_steps",
            0,
            ("a whole number of at least 0", 0, None, False, False),
            ["schedule", ["CosineDecay"]],
            whole=True,
        ),
        *_loop(),
        *_REDUCTION,
    ]


_OPTAX_CHANGING = ["cosine_decay_schedule", "warmup_cosine_decay_schedule", "exponential_decay"]

FIELDS = {
    "torch": [
        _number("lr", 0.001, POSITIVE),
        _number("momentum", 0.0, BELOW_ONE),
        _number("dampening", 0.0, BELOW_ONE),
        _number("weight_decay", 0.0, FROM_ZERO),
        _flag("nesterov", False),
        _optional("clip_grad_norm_", POSITIVE),
        _optional("clip_grad_value_", POSITIVE),
        _choice(
            "scheduler",
            [
                "none",
                "StepLR",
                "CosineAnnealingLR",
                "LinearLR",
                "LinearLR, then CosineAnnealingLR",
                "OneCycleLR",
            ],
        ),
        _choice("step_every", ["epoch", "update"], _ANY_SCHEDULER),
        _count("step_size", 10, ["scheduler", ["StepLR"]]),
        _number("gamma", 0.1, POSITIVE, ["scheduler", ["StepLR"]]),
        _number("start_factor", 0.333333333333, ("a number above 0, up to 1", 0, 1, True, False), _LINEAR),
        _number("end_factor", 1.0, SHARE, ["scheduler", ["LinearLR"]]),
        _count("total_iters", 5, _LINEAR),
        _count("T_max", 30, _COSINE),
        _number("eta_min", 0.0, FROM_ZERO, _COSINE),
        _count("total_steps", None, _ONE_CYCLE, blank=True),
        _number("pct_start", 0.3, ("a number above 0 and below 1", 0, 1, True, True), _ONE_CYCLE),
        _number("div_factor", 25.0, POSITIVE, _ONE_CYCLE),
        _number("final_div_factor", 10000.0, POSITIVE, _ONE_CYCLE),
        _flag("cycle_momentum", True, _ONE_CYCLE),
        _number("base_momentum", 0.85, BELOW_ONE, _ONE_CYCLE),
        _number("max_momentum", 0.95, BELOW_ONE, _ONE_CYCLE),
        *_loop(),
        _count("accumulate", 1),
        _flag("loss_divided", True),
        *_REDUCTION[1:],
    ],
    "optax": [
        _number("learning_rate", 0.1, POSITIVE),
        _number("momentum", 0.0, BELOW_ONE),
        _choice("momentum_form", ["trace", "ema"]),
        _flag("debias", True, ["momentum_form", ["ema"]]),
        _flag("nesterov", False, ["momentum_form", ["trace"]]),
        _number("add_decayed_weights", 0.0, FROM_ZERO),
        _choice("decay_place", ["after the clip", "before the clip", "after the momentum"]),
        _flag("spare_biases", False),
        _optional("clip_by_global_norm", POSITIVE),
        _optional("clip", POSITIVE),
        _choice("schedule", ["constant", *_OPTAX_CHANGING]),
        _count("decay_steps", 3000, ["schedule", ["cosine_decay_schedule", "warmup_cosine_decay_schedule"]]),
        _number("alpha", 0.0, SHARE, ["schedule", ["cosine_decay_schedule"]]),
        _number("init_value", 0.0, FROM_ZERO, ["schedule", ["warmup_cosine_decay_schedule"]]),
        _count("warmup_steps", 100, ["schedule", ["warmup_cosine_decay_schedule"]]),
        _number("end_value", 0.0, FROM_ZERO, ["schedule", ["warmup_cosine_decay_schedule"]]),
        _count("transition_steps", 1000, ["schedule", ["exponential_decay"]]),
        _number("decay_rate", 0.1, POSITIVE, ["schedule", ["exponential_decay"]]),
        *_loop(),
        *_REDUCTION,
    ],
    "keras2": _keras(decay=True),
    "mlp": [
        _number("learning_rate_init", 0.001, POSITIVE),
        _choice("learning_rate", ["constant", "invscaling"]),
        _number("power_t", 0.5, FROM_ZERO, ["learning_rate", ["invscaling"]]),
        _number("momentum", 0.9, BELOW_ONE),
        _flag("nesterovs_momentum", True),
        _number("alpha", 0.0001, FROM_ZERO),
        *_loop(200),
    ],
    "sgdclassifier": [
        _choice("learning_rate", ["optimal", "constant", "invscaling"]),
        _number("eta0", 0.01, POSITIVE, ["learning_rate", ["constant", "invscaling"]]),
        _number("power_t", 0.5, FROM_ZERO, ["learning_rate", ["invscaling"]]),
        _number("alpha", 0.0001, POSITIVE),
        _choice("loss", ["hinge", "log_loss"]),
        _flag("average", False),
        _count("samples", 1000),
        _count("epochs", 30),
    ],
    "timm": [
        _choice("opt", ["sgd", "momentum"]),
        _number("lr", 0.05, POSITIVE),
        _number("momentum", 0.9, BELOW_ONE),
        _number("weight_decay", 2e-5, FROM_ZERO),
        _optional("clip_grad", POSITIVE),
        _choice("clip_mode", ["norm", "value"]),
        _choice("sched", ["cosine", "step", "none"]),
        _number("decay_epochs", 90, COUNT, ["sched", ["step"]], whole=True),
        _number("decay_rate", 0.1, POSITIVE, ["sched", ["step"]]),
        _number("min_lr", 0.0, FROM_ZERO, ["sched", ["cosine"]]),
        _number(
            "warmup_epochs",
            5,
            ("a whole number of at least 0", 0, None, False, False),
            ["sched", ["cosine", "step"]],
            whole=True,
        ),
        _number("warmup_lr", 1e-5, FROM_ZERO, ["sched", ["cosine", "step"]]),
        _flag("warmup_prefix", False, ["sched", ["cosine", "step"]]),
        *_loop(128),
        _count("grad_accum_steps", 1),
        _number("smoothing", 0.1, BELOW_ONE),
    ],
    "keras3": _keras(decay=False),
}

# A call: the names of its arguments in their order ("" is nothing of ours), other names for fields, fields it sets, and
# what the arguments are that are not given, where that is not the default of the field.
_SCHEDULES_OF_KERAS = {
    "CosineDecay": [
        ["learning_rate", "decay_steps", "alpha", "", "warmup_target", "warmup_steps"],
        {"initial_learning_rate": "learning_rate"},
        {"schedule": "CosineDecay"},
    ],
    "ExponentialDecay": [
        ["learning_rate", "decay_steps", "decay_rate", "staircase", ""],
        {"initial_learning_rate": "learning_rate"},
        {"schedule": "ExponentialDecay"},
        {"staircase": "False"},
    ],
    "InverseTimeDecay": [
        ["learning_rate", "decay_steps", "decay_rate", "staircase", ""],
        {"initial_learning_rate": "learning_rate", "staircase": "stairs"},
        {"schedule": "InverseTimeDecay"},
    ],
    "PolynomialDecay": [
        ["learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", ""],
        {"initial_learning_rate": "learning_rate"},
        {"schedule": "PolynomialDecay"},
        {"end_learning_rate": "0.0001"},
    ],
    "exclude_from_weight_decay": [["", ""], {"var_names": "", "var_list": ""}, {"spare_biases": True}],
    "L2": [["l2"], {}, {}],
    "l2": [["l2"], {"l": "l2"}, {}],
    "fit": [
        ["", "", "batch_size", "epochs", "", "", "", ""],
        {"steps_per_epoch": "batches_per_epoch"},
        {},
    ],
}
CALLS = {
    "torch": {
        "SGD": [["", "lr", "momentum", "dampening", "weight_decay", "nesterov"], {}, {}],
        "clip_grad_norm_": [["", "clip_grad_norm_", "norm_type"], {"max_norm": "clip_grad_norm_"}, {}],
        "clip_grad_value_": [["", "clip_grad_value_"], {"clip_value": "clip_grad_value_"}, {}],
        "StepLR": [["", "step_size", "gamma", ""], {}, {"scheduler": "StepLR"}],
        "CosineAnnealingLR": [["", "T_max", "eta_min", ""], {}, {"scheduler": "CosineAnnealingLR"}],
        "LinearLR": [["", "start_factor", "end_factor", "total_iters", ""], {}, {"scheduler": "LinearLR"}],
        "OneCycleLR": [
            [
                *["", "lr", "total_steps", "epochs", "batches_per_epoch", "pct_start", "anneal_strategy"],
                *["cycle_momentum", "base_momentum", "max_momentum", "div_factor", "final_div_factor"],
            ],
            {"max_lr": "lr", "steps_per_epoch": "batches_per_epoch"},
            {"scheduler": "OneCycleLR", "step_every": "update"},
        ],
        "CrossEntropyLoss": [["weight"], {}, {}],
        "MSELoss": [[], {}, {}],
        "DataLoader": [["", "batch_size", "", "", "", ""], {}, {}],
    },
    "optax": {
        "sgd": [["learning_rate", "momentum", "nesterov", ""], {}, {}],
        "trace": [["momentum", "nesterov", ""], {"decay": "momentum"}, {"momentum_form": "trace"}],
        "ema": [["momentum", "debias", ""], {"decay": "momentum"}, {"momentum_form": "ema"}],
        "scale_by_learning_rate": [["learning_rate"], {}, {}],
        "scale": [["learning_rate"], {"step_size": "learning_rate"}, {}],
        "constant_schedule": [["learning_rate"], {"value": "learning_rate"}, {}],
        "add_decayed_weights": [["add_decayed_weights", "mask"], {"weight_decay": "add_decayed_weights"}, {}],
        "clip_by_global_norm": [["clip_by_global_norm"], {"max_norm": "clip_by_global_norm"}, {}],
        "clip": [["clip"], {"max_delta": "clip"}, {}],
        "cosine_decay_schedule": [
            ["learning_rate", "decay_steps", "alpha"],
            {"init_value": "learning_rate"},
            {"schedule": "cosine_decay_schedule"},
        ],
        "warmup_cosine_decay_schedule": [
            ["init_value", "learning_rate", "warmup_steps", "decay_steps", "end_value"],
            {"peak_value": "learning_rate"},
            {"schedule": "warmup_cosine_decay_schedule"},
        ],
        "exponential_decay": [
            ["learning_rate", "transition_steps", "decay_rate", "transition_begin", "staircase"],
            {"init_value": "learning_rate"},
            {"schedule": "exponential_decay"},
            {"staircase": "False"},
        ],
        "MultiSteps": [["", "accumulate"], {"every_k_schedule": "accumulate"}, {}],
    },
    "keras2": {
        "SGD": [["learning_rate", "momentum", "nesterov"], {"lr": "learning_rate"}, {}],
        **_SCHEDULES_OF_KERAS,
    },
    "mlp": {
        "MLPClassifier": [["", ""], {"max_iter": "epochs"}, {}, {"solver": "adam"}],
        "MLPRegressor": [["loss"], {"max_iter": "epochs"}, {}, {"solver": "adam"}],
    },
    "sgdclassifier": {"SGDClassifier": [["loss"], {"max_iter": "epochs"}, {}]},
    "timm": {
        "create_optimizer_v2": [
            ["", "opt", "lr", "weight_decay", "momentum"],
            {},
            {},
            {"weight_decay": "0", "sched": "none", "smoothing": "0"},
        ],
        "create_scheduler_v2": [
            ["", "sched"],
            {"num_epochs": "epochs", "updates_per_epoch": "batches_per_epoch"},
            {},
            {"sched": "cosine", "epochs": "300", "warmup_epochs": "0"},
        ],
        "flags": [
            [],
            {"b": "batch_size", "validation_batch_size": "", "model": ""},
            {},
        ],
    },
    "keras3": {
        "SGD": [
            [
                "learning_rate",
                "momentum",
                "nesterov",
                "weight_decay",
                "clipnorm",
                "clipvalue",
                "global_clipnorm",
            ],
            {"lr": "learning_rate", "gradient_accumulation_steps": "accumulate"},
            {},
        ],
        **_SCHEDULES_OF_KERAS,
    },
}
# Arguments that change nothing in what is translated here.
IGNORED = [
    "params", "optimizer", "parameters", "foreach", "fused", "capturable", "differentiable", "error_if_nonfinite",
    "last_epoch", "verbose", "milestones", "schedulers", "name", "shuffle", "num_workers", "pin_memory", "dataset",
    "hidden_layer_sizes", "activation", "random_state", "max_iter", "tol", "n_iter_no_change", "warm_start",
    "validation_data", "callbacks", "x", "y", "model", "accumulator_dtype", "data", "dir", "workers",
]  # fmt: skip
# An argument whose other values are another method.
ONLY = {
    "staircase": ["True"],
    "stairs": ["False"],
    "solver": ["sgd"],
    "anneal_strategy": ["cos"],
    "norm_type": ["2", "2.0"],
    "maximize": ["False"],
    "three_phase": ["False"],
    "use_ema": ["False"],
    "power": ["1", "1.0"],
    "penalty": ["l2"],
    "cycle": ["False"],
    "amsgrad": ["False"],
}
COMBINED = {"LinearLR+CosineAnnealingLR": "LinearLR, then CosineAnnealingLR"}
# Calls that change the update and are not read: of any library, and of each, by the ends of their dotted names.
_RATES = r"\w*LR|\w*LROn\w+|\w*Scheduler\w*|\w*[Ss]chedules?|\w*Schedule\w*|get_\w*schedule\w*|adjust_\w+"
_WRAPPERS = r"\w*Optimizer|Lookahead|SAM|AveragedModel|ModelEma\w*|\w*MovingAverage|SWA\w*"
_TORCH = (
    rf"\b(?:{_RATES}|{_WRAPPERS}|\w+Restarts|\w*Decay|clip_grad\w*|adaptive_clip_grad|add_param_group)$"
    r"|\b(?:optim|lr_scheduler|swa_utils)\.[A-Z]\w*$"
)
_KERAS = (
    rf"\b(?:{_RATES}|{_WRAPPERS}|\w*Decay\w*|clip_by_\w+|[lL]1|L1L2|l1_l2|OrthogonalRegularizer)$"
    r"|\b(?:optimizers|schedules)\.[A-Z]\w*$"
)
OTHERS = {
    "torch": _TORCH,
    "timm": rf"{_TORCH}|\bcreate_(?:optimizer|scheduler)\w*$",
    "optax": r"\b(?:\w+_schedules?|\w+_decay|(?:scale|clip|normalize)_by_\w+|\w+_clip|\w+_transform|lookahead|masked"
    r"|inject_\w+|apply_\w*(?:if|every)\w*)$|\boptax\.(?!losses\.|tree|projections\.|(?:(?:named_)?chain|identity"
    r"|apply_updates|global_norm|\w*cross_entropy\w*|\w+_loss|squared_error|log_cosh|\w+State)$)[\w.]+$",
    "keras2": _KERAS,
    "keras3": _KERAS,
    "mlp": r"\b(?:SGD\w+|\w*Perceptron|PassiveAggressive\w+|set_params)$",
    "sgdclassifier": r"\b(?:SGD\w+|\w*Perceptron|PassiveAggressive\w+|set_params)$",
}
NO_SGD = (
    r"^(?:\w*[aA]da(?:m|[gG]rad|[dD]elta|[fF]actor|[bB]elief|[nN]$)\w*|\w*(?:RMS[pP]rop|rmsprop)\w*|L?BFGS|lbfgs|[rR]prop"
    r"|ASGD|[lL]ion|[lL]amb|LAMB|[lL]ars|LARS|[mM]uon|[fF]trl|[yY]ogi|[nN]ovo[gG]rad|sm3|fromage|signum|sign_sgd)$"
)
# The first of these that a text holds says which library it is of.
MARKS = [
    ["timm", "timm|create_optimizer|create_scheduler|(^|\\s)--\\w"],
    ["torch", "torch|clip_grad_|LR\\(|model\\.parameters"],
    ["optax", "optax"],
    ["mlp", "MLPClassifier|MLPRegressor"],
    ["sgdclassifier", "SGDClassifier"],
    ["keras2", "tf_keras|tf\\.keras|tensorflow|\\bdecay="],
    ["keras3", "keras"],
]
