// A run of the trainer as Keras code that makes it again: the same digits, first weights and batches.

import { copy_button } from "../page/buttons.mjs";
import { keras_code } from "../page/keras.mjs";
import { told } from "../page/told.mjs";
import { factor } from "./training.mjs";

const { SAYS, DEFAULTS } = told.trainer;

/**
 * A button that copies a run as Keras code.
 * @param {any} plan or a function that gives it
 * @param {(words: string) => void} say
 */
export function copy_run(plan, say) {
  return copy_button(
    SAYS.copy,
    () => ({ text: run_code(typeof plan === "function" ? plan() : plan), done: SAYS.copied }),
    say,
  );
}

/**
 * The code of a run.
 * @param {any} plan
 * @returns {string}
 */
function run_code(plan) {
  const layers = plan.hidden.split("-").map((units) => `keras.layers.Dense(${units}, "${plan.activation}"), `);
  const scheduled = ["schedule", "momentum_schedule"].map((name) =>
    plan[name].some(([x]) => factor(plan[name], x) !== 1),
  );
  const loss =
    plan.loss === "squares"
      ? "lambda y, a: keras.ops.sum((a - y) ** 2, axis=-1) / 2"
      : "keras.losses.SparseCategoricalCrossentropy(from_logits=True)";
  const changing = scheduled[1] || plan.earlier.length > 0;
  return [
    "import os",
    "",
    'os.environ.setdefault("KERAS_BACKEND", "jax")',
    "import keras",
    "from sgdlib.widgets import Trainer",
    "",
    "# the digits, first weights and batches of this run",
    `run = Trainer(${arguments_of(plan)}).plan`,
    "x, y = run.network.features, run.network.targets",
    `model = keras.Sequential([keras.Input((64,)), ${layers.join("")}keras.layers.Dense(10)])`,
    "model.set_weights(run.keras_weights())",
    `model.compile(${first_optimizer(plan)}, ${loss}${changing ? ", run_eagerly=True" : ""})`,
    "for k, rows in enumerate(run.batches()):",
    ...(changing ? ["    run.tell(model, k)  # eager: compiled, Keras would not hear of another momentum"] : []),
    ...(!changing && scheduled[0] ? ["    model.optimizer.learning_rate = run.setting_at(k)[0]"] : []),
    "    loss = model.train_on_batch(x[rows], y[rows])",
    "print(model.evaluate(x, y, verbose=0))",
    "",
  ].join("\n");
}

function first_optimizer({ learning_rate, momentum, nesterov, earlier }) {
  const [, rate, mu, ahead] = earlier[0] ?? [0, learning_rate, momentum, nesterov];
  return keras_code({ learning_rate: rate, momentum: mu, nesterov: Boolean(ahead) && mu > 0 });
}

/** The settings that differ from the widget's own, as Python writes them. */
function arguments_of(plan) {
  const told_apart = Object.keys(plan).filter((name) => JSON.stringify(plan[name]) !== JSON.stringify(DEFAULTS[name]));
  return told_apart.map((name) => `${name}=${python(plan[name])}`).join(", ");
}

function python(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}
