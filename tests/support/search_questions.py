"""What readers look for, each with the places that answer it; written down before the search was tuned."""

QUESTIONS = {
    "clipnorm": ["gradient-descent#what-people-ask", "updates#clipping"],
    "jit_compile": [
        "questions#can-i-change-the-momentum-in-the-middle-of-training",
        "keras#the-ones-that-are-silent",
    ],
    "overfitting": [
        "wrong-run#validation-goes-another-way",
        "glossary#term-validation",
        "what-next#is-adam-better",
        "tuning#adam-honestly",
    ],
    "β": [
        "questions#why-is-there-no-1-beta-in-front-of-the-gradient",
        "notation#symbols",
        "what-next#adam-and-its-relatives",
    ],
    "η": ["glossary#term-learning-rate", "notation#symbols"],
    "why does loss go up": [
        "questions#why-does-my-loss-become-nan-at-a-high-learning-rate",
        "gradient-descent#what-people-ask",
        "cheat-sheet#reading-a-run",
    ],
    "warm restart": ["what-next#schedules", "runs#what-to-read-next", "tuning#a-schedule", "bibliography"],
    "momentm": ["glossary#term-momentum"],
    "nan": ["questions#why-does-my-loss-become-nan-at-a-high-learning-rate"],
    "lr ignored": ["questions#why-was-my-lr-ignored"],
    "momentum vs adam": ["what-next#is-adam-better", "tuning#adam-honestly"],
    "batch size learning rate": [
        "questions#batch-size-or-learning-rate-which-one-do-i-change",
        "tuning#batch-size-against-learning-rate",
    ],
    "weight decay": [
        "glossary#term-weight-decay",
        "keras#weight-decay",
        "questions#is-weight_decay-the-new-name-of-decay",
        "questions#is-weight-decay-the-new-name-of-decay",
    ],
    "nesterov pytorch": [
        "questions#is-pytorch-s-momentum-wrong",
        "keras#one-method-four-ways-to-write-it-down",
    ],
    "saddle point": ["gradient-descent#off-the-quadratics", "race#other-surfaces"],
    "inf": ["questions#why-does-my-loss-become-nan-at-a-high-learning-rate"],
    "what is an epoch": ["glossary#term-epoch", "sgd#epoch-batch-update"],
    "learning rate too high": [
        "questions#why-does-my-loss-become-nan-at-a-high-learning-rate",
        "gradient-descent#what-people-ask",
        "gradient-descent#one-dimension-each-step-multiplies-the-distance",
        "cheat-sheet#how-far-the-learning-rate-may-go",
    ],
    "beta_1": ["what-next#adam-and-its-relatives"],
    "does shuffling matter": ["sgd#what-shuffling-changes", "sgd#what-people-ask"],
    "condition number": [
        "glossary#term-condition-number",
        "gradient-descent#the-best-learning-rate-and-the-condition-number",
    ],
    "should I normalize the inputs": ["gradient-descent#what-people-ask"],
    "change momentum during training": ["questions#can-i-change-the-momentum-in-the-middle-of-training"],
    "does calling fit again keep the velocity": ["questions#does-fit-reset-the-velocity"],
    "default optimizer of compile": ["keras#what-you-get-if-you-ask-for-nothing", "cheat-sheet#traps"],
    "how do I pick the learning rate": [
        "questions#how-do-i-pick-the-learning-rate",
        "tuning#a-recipe-for-monday",
        "tuning#which-number-to-tune",
        "cheat-sheet#setting-it",
        "gradient-descent#the-best-learning-rate-and-the-condition-number",
        "gradient-descent#what-people-ask",
        "project#step-3-sweep-the-learning-rate",
    ],
    "cosine decay": ["what-next#schedules", "code#cosine-with-warm-up-from-above-0", "tuning#a-schedule"],
    "gradient noise variance": [
        "sgd#wrong-but-right-on-average",
        "sgd#the-noise-floor",
        "questions#does-momentum-reduce-sgd-s-noise",
    ],
    "nesterov does nothing": ["questions#why-does-nesterov-true-change-nothing"],
    "optimizer memory usage": ["keras#what-it-costs"],
}

# Written when the search was done, and not tuned to since.
FRESH = {
    "why is my training unstable": [
        "questions#why-does-my-loss-become-nan-at-a-high-learning-rate",
        "glossary#term-limit-of-stability",
        "cheat-sheet#reading-a-run",
        "gradient-descent#what-people-ask",
    ],
    "what does nesterov=True do": [
        "questions#why-does-nesterov-true-change-nothing",
        "glossary#term-Nesterov",
        "glossary#term-lookahead-point",
        "nesterov#what-people-ask",
    ],
    "keras vs pytorch sgd difference": [
        "questions#is-pytorch-s-momentum-wrong",
        "keras#one-method-four-ways-to-write-it-down",
    ],
    "how many steps to converge": [
        "glossary#term-steps-to",
        "glossary#term-rate-of-convergence",
        "glossary#term-condition-number",
        "gradient-descent#the-best-learning-rate-and-the-condition-number",
        "race#the-price-of-a-narrow-valley",
    ],
    "heavy ball cycle": ["race#where-the-heavy-ball-is-not-accelerated"],
    "gradint clipping": ["gradient-descent#what-people-ask", "updates#clipping"],
    "best momentum value": [
        "momentum#what-0-9-is-good-for",
        "momentum#is-0-9-the-best-value",
        "momentum#too-much-too-little-just-right",
        "glossary#term-critically-damped",
        "cheat-sheet#the-best-setting-for-curvatures-from-m-to-l",
        "race#the-best-settings-and-where-they-come-from",
    ],
    "learning rate finder": [
        "tuning#what-people-ask",
        "tuning#exercise-4-build-a-learning-rate-finder",
    ],
    "reduce lr when loss plateaus": ["what-next#schedules", "cheat-sheet#setting-it"],
    "is adam better than sgd": ["what-next#is-adam-better", "tuning#adam-honestly"],
    "numerical gradient": [
        "warm-up#two-neighbors-are-better-than-one",
        "warm-up#exercise-4-write-the-numerical-gradient",
    ],
    "run without internet": ["classroom#no-internet"],
    "rmsprop": ["what-next#adam-and-its-relatives", "keras#what-you-get-if-you-ask-for-nothing"],
    "rosenbrock": ["gradient-descent#off-the-quadratics", "race#other-surfaces"],
    "effective learning rate formula": [
        "glossary#term-effective-learning-rate",
        "cheat-sheet#what-momentum-remembers",
    ],
    "load_weights after a crash": ["runs#stop-and-go-on"],
    "resume from checkpoint": ["runs#stop-and-go-on"],
    "one cycle policy": ["runs#the-momentum-in-mid-run"],
    "unfreeze layers": ["runs#fine-tuning"],
    "two gpus": ["runs#more-than-one-device"],
    "steps_per_epoch": ["runs#what-the-first-the-last-and-the-next-update-use"],
    "loss spikes": ["wrong-run#single-spikes"],
    "loss stuck at ln 10": ["wrong-run#flat-at-ln-c-from-the-start", "wrong-run#lost"],
    "terminateonnan": ["wrong-run#nan-what-to-try-in-this-order", "code#first-aid-for-nan"],
    "loss jumps after resume": ["wrong-run#after-a-resume"],
    "log learning rate": ["code#log-the-rate-of-every-update"],
    "momentum correction callback": ["code#momentum-correction"],
}

# What people in trouble with Keras typed; each must be found.
ASKED = {
    "nan after 200 steps": ["questions#why-does-my-loss-become-nan-at-a-high-learning-rate"],
    "loss nan what to try": ["wrong-run#nan-what-to-try-in-this-order"],
    "port pytorch script to keras": ["questions#how-do-i-port-a-pytorch-script-to-keras"],
    "StepLR in keras": ["code#pytorch-s-steplr", "questions#how-do-i-port-a-pytorch-script-to-keras"],
    "batch size from 64 to 512": ["questions#from-batch-64-to-512-linear-or-by-the-root"],
    "30 runs budget": ["questions#i-have-thirty-runs-how-do-i-spend-them"],
    "is it noise or curvature": ["code#noise-or-curvature-do-the-gradients-agree"],
    "nesterov 0.9 or 0.99": ["questions#from-momentum-0-9-to-0-99-divide-the-learning-rate-by-10-or-by-100"],
    "plateau then drop": ["wrong-run#a-plateau-then-a-drop"],
    "loss stuck at 2.303": [
        "questions#sgd-stays-at-chance-the-loss-at-ln-10-2-303-why",
        "wrong-run#flat-at-ln-c-from-the-start",
    ],
    "sgd stays at chance adam learns": ["questions#sgd-stays-at-chance-the-loss-at-ln-10-2-303-why"],
    "accuracy stuck at 10%": ["questions#sgd-stays-at-chance-the-loss-at-ln-10-2-303-why"],
    "are the buffers created anew at each step": [
        "questions#are-the-momentum-buffers-created-anew-at-each-step"
    ],
    "lower lr when validation loss stops falling": [
        "questions#how-do-i-lower-the-learning-rate-when-the-validation-loss-stops-falling"
    ],
    "validation loss below training loss": [
        "questions#is-the-printed-loss-the-mean-over-the-epoch-why-is-the-validation-loss-below-it"
    ],
    "is the velocity saved with the model": [
        "questions#after-loading-training-starts-badly-was-the-velocity-not-saved",
        "questions#does-fit-reset-the-velocity",
    ],
    "discriminative learning rates": ["questions#how-do-i-give-some-layers-another-learning-rate"],
    "custom optimizer": ["updates#an-optimizer-of-your-own"],
    "exploding gradients": [
        "questions#does-clipping-bound-the-update",
        "questions#what-is-the-difference-between-clipnorm-global-clipnorm-and-clipvalue",
        "updates#clipping",
    ],
    "sklearn sgd momentum": ["questions#what-do-scikit-learn-s-sgdregressor-and-mlpregressor-do"],
    "stochastic weight averaging": ["questions#averages-of-the-weights-which-switch-and-when-are-they-used"],
    "where is the momentum in mixed precision": [
        "questions#mixed-precision-my-loss-is-nan-and-where-is-the-optimizer"
    ],
    "the callback prints the initial learning rate": [
        "questions#which-learning-rate-was-used-and-how-do-i-log-it"
    ],
    "compile again after freezing": [
        "questions#how-do-i-thaw-layers-and-keep-the-velocity",
        "questions#can-i-change-the-momentum-in-the-middle-of-training",
    ],
}
