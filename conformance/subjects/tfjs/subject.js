// The regularizers of TensorFlow.js as a subject, as they are: what they get wrong is answered wrong. WIRE.md is the
// contract.
//
//     npm ci
//     regularize-conformance test --edition keras-2.2 -- node subject.js
//
// It runs tf.regularizers on the CPU backend, which computes in f32. Not claimed: `activity`, since every layer with an
// activity regularizer throws (tensorflow/tfjs#8022), and `prox`, since there is none.
"use strict";

const tf = require("@tensorflow/tfjs-core");
const { layers, models, regularizers, sequential } = require("@tensorflow/tfjs-layers");
require("@tensorflow/tfjs-backend-cpu");

const HELLO = {
  hello: 1,
  name: "tensorflow.js",
  version: tf.version_core,
  language: `javascript, node ${process.versions.node}`,
  claims: {
    ops: ["construct", "penalty", "gradient", "get", "config"],
    dtypes: ["f32"],
    subnormals: "gradual",
    regs: ["l1", "l2", "l1l2"],
    at_zero: "minus",
  },
};

const view = new DataView(new ArrayBuffer(8));

function fromDouble(bits) {
  view.setBigUint64(0, BigInt("0x" + bits));
  return view.getFloat64(0);
}

function toDouble(number) {
  if (typeof number !== "number") throw new Error(`the factor is ${JSON.stringify(number)}`);
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

// Bits go into the tensor and come out of it as they are: no number of JavaScript is made of them.
const decode = (x) => tf.tensor1d(new Float32Array(Uint32Array.from(x, (bits) => parseInt(bits, 16)).buffer));

function encode(tensor) {
  const { buffer, byteOffset, length } = tensor.dataSync();
  return Array.from(new Uint32Array(buffer, byteOffset, length), (bits) => bits.toString(16).padStart(8, "0"));
}

function construct(reg) {
  if (reg.l1 !== undefined) return regularizers.l1({ l1: fromDouble(reg.l1) });
  if (reg.l2 !== undefined) return regularizers.l2({ l2: fromDouble(reg.l2) });
  return regularizers.l1l2({ l1: fromDouble(reg.l1l2[0]), l2: fromDouble(reg.l1l2[1]) });
}

// What makes a regularizer of an identifier in public is the loading of a Keras model whose layer has it.
async function get(identifier) {
  const layer = { units: 1, batch_input_shape: [null, 1], name: "layer", kernel_regularizer: identifier };
  const config = { name: "model", layers: [{ class_name: "Dense", config: layer }] };
  const model = await models.modelFromJSON({ class_name: "Sequential", config });
  const made = model.layers[0].getConfig().kernelRegularizer;
  model.dispose();
  return made && { l1l2: [toDouble(made.config.l1), toDouble(made.config.l2)] };
}

// The JSON is in the text that a model is saved as.
function config(regularizer) {
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelRegularizer: regularizer })] });
  const text = model.toJSON();
  model.dispose();
  return JSON.parse(text).config.layers[0].config.kernel_regularizer;
}

const OPS = {
  echo: ({ x }) => ({ y: tf.tidy(() => encode(decode(x))) }),
  construct: ({ reg }) => (construct(reg), { y: [] }),
  penalty: ({ reg, x }) => ({ y: tf.tidy(() => encode(construct(reg).apply(decode(x)))) }),
  gradient: ({ reg, x }) => ({ y: tf.tidy(() => encode(tf.grad((x) => construct(reg).apply(x))(decode(x)))) }),
  get: async ({ identifier }) => ({ reg: await get(identifier) }),
  config: ({ reg }) => ({ config: config(construct(reg)) }),
};

// All errors of TensorFlow.js are of few types: only the text tells them apart.
function kind(message) {
  if (message.startsWith("Unknown regularizer")) return "unknown-name";
  return message.startsWith("regularizer: Improper config format") ? "invalid-identifier" : "internal";
}

async function answer(line) {
  let request;
  try {
    request = JSON.parse(line) || {};
  } catch (error) {
    return { id: null, error: "malformed" };
  }
  const { id, op, dtype = "f32", reg = {} } = request;
  if (request.bye) return null;
  if (request.hello) return HELLO;
  if (typeof id !== "number") return { id: null, error: "malformed" };
  if (!Object.keys(OPS).includes(op) || dtype !== "f32" || reg.orthogonal) return { id, unsupported: "is not claimed" };
  try {
    return { id, ...(await OPS[op](request)) };
  } catch ({ message }) {
    return { id, error: kind(message), message: message.split("\n")[0] };
  }
}

// Not readline: it ends a line at U+2028 too, which a JSON text may contain.
async function main() {
  let rest = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    const lines = chunk.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop();
    for (const line of lines) {
      const object = await answer(line);
      if (object) process.stdout.write(JSON.stringify(object) + "\n");
    }
  }
}

main();
