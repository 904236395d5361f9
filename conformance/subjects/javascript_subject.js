// A subject in plain JavaScript: L1, L2 and L1L2 as they are in Keras 3.14.1. WIRE.md is the contract.
//
//     regularize-conformance test -- node javascript_subject.js
//
// It needs node 12 or later and no package. Copy it, and put your own code into OPS.
"use strict";

const CLASSES = {
  l1: { name: "L1", factors: ["l1"], missing: 0.01 },
  l2: { name: "L2", factors: ["l2"], missing: 0.01 },
  l1l2: { name: "L1L2", factors: ["l1", "l2"], missing: 0 },
};

// An answer that is no result: a kind of error of WIRE.md, or "unsupported".
class Rejected extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

// Everything is computed in doubles and rounded once at the end, which is inside order.bound.
const view = new DataView(new ArrayBuffer(8));
const FORMATS = {
  f32: {
    digits: 8,
    round: Math.fround,
    fromBits: (bits) => (view.setUint32(0, parseInt(bits, 16)), view.getFloat32(0)),
    toBits: (number) => (view.setFloat32(0, number), view.getUint32(0)),
  },
  f64: {
    digits: 16,
    round: (number) => number,
    fromBits: (bits) => (view.setBigUint64(0, BigInt("0x" + bits)), view.getFloat64(0)),
    toBits: (number) => (view.setFloat64(0, number), view.getBigUint64(0)),
  },
};

function decode(format, bits) {
  if (typeof bits !== "string" || bits.length !== format.digits || !/^[0-9a-f]+$/.test(bits)) {
    throw new Rejected("malformed", `${bits} is not ${format.digits} hexadecimal digits`);
  }
  return format.fromBits(bits);
}

const encode = (format, number) => format.toBits(number).toString(16).padStart(format.digits, "0");

// A regularizer: its key on the wire, and the factors that it keeps.
function make(key, factors) {
  for (const factor of factors) {
    if (typeof factor !== "number" || !(factor >= 0 && factor < Infinity)) {
      throw new Rejected("invalid-factor", `${key} must be finite and >= 0, got ${factor}`);
    }
  }
  // factors.rounding: L1 keeps its factor as a float32, the others as a double.
  return { key, factors: key === "l1" ? factors.map(Math.fround) : factors };
}

function read(reg) {
  const [key] = Object.keys(reg);
  if (!Object.keys(CLASSES).includes(key)) throw new Rejected("unsupported", `no regularizer ${key}`);
  return make(key, [].concat(reg[key]).map((bits) => decode(FORMATS.f64, bits)));
}

// The factors of both terms in the type of the weights, and null where there is no term.
function terms({ key, factors }, { round }) {
  if (key === "l1") return [round(factors[0]), null];
  if (key === "l2") return [null, round(factors[0])];
  return factors.map((factor) => (factor === 0 ? null : round(factor)));
}

// A term that is left out is 0 where 0 times infinity would be NaN.
const times = (factor, number) => (factor === null ? 0 : factor * number);

function penalty(reg, format, xs) {
  const [l1, l2] = terms(reg, format);
  const first = times(l1, xs.reduce((sum, x) => sum + Math.abs(x), 0));
  const second = times(l2, xs.reduce((sum, x) => sum + x * x, 0));
  // special.minus-zero: only L1L2 adds to 0, and so is never -0.
  return { l1: first, l2: second, l1l2: 0 + first + second }[reg.key];
}

function gradient(reg, format, xs) {
  const [l1, l2] = terms(reg, format);
  return xs.map((x) => (x === 0 ? 0 : times(l1, Math.sign(x)) + 2 * times(l2, x)));
}

function prox(reg, format, xs, step) {
  if (step === 0) return xs;
  const [l1, l2] = terms(reg, format);
  // Math.sign keeps the sign of a zero: proximal.zeros.
  return xs.map((v) => (Math.sign(v) * Math.max(Math.abs(v) - times(l1, step), 0)) / (1 + 2 * times(l2, step)));
}

function get(identifier) {
  if (identifier === null) return null;
  const { class_name: name, config } = typeof identifier === "string" ? { class_name: identifier } : identifier;
  if (typeof name !== "string") throw new Rejected("invalid-identifier", "neither a name nor a class_name");
  const key = Object.keys(CLASSES).find((key) => name === key || name === CLASSES[key].name);
  if (!key) throw new Rejected("unknown-name", `no regularizer ${name}`);
  const { factors, missing } = CLASSES[key];
  const given = config || {};
  const unknown = Object.keys(given).find((argument) => !factors.includes(argument));
  if (unknown) throw new Rejected("invalid-identifier", `${name} has no argument ${unknown}`);
  return make(key, factors.map((factor) => (given[factor] == null ? missing : given[factor])));
}

function serialize({ key, factors }) {
  const { name, factors: names } = CLASSES[key];
  // JSON.stringify writes -0 as 0.
  const text = (number) => (Object.is(number, -0) ? "-0.0" : JSON.stringify(number));
  const members = names.map((name, i) => `"${name}":${text(factors[i])}`).join();
  return `{"module":"keras.regularizers","class_name":"${name}","config":{${members}},"registered_name":null}`;
}

// The numbers of y, or the text of another member.
const OPS = {
  echo: ({ xs }) => xs,
  construct: () => [],
  penalty: ({ reg, format, xs }) => [penalty(reg, format, xs)],
  // activity.empty-batch: an empty batch costs nothing.
  activity: ({ reg, format, xs, shape: [batch] }) => [batch === 0 ? 0 : penalty(reg, format, xs) / batch],
  gradient: ({ reg, format, xs }) => gradient(reg, format, xs),
  prox: ({ reg, format, xs, step }) => prox(reg, format, xs, decode(FORMATS.f64, step)),
  get: ({ identifier }) => {
    const reg = get(identifier);
    const bits = reg && reg.factors.map((factor) => encode(FORMATS.f64, factor));
    return `"reg":${JSON.stringify(reg && { [reg.key]: bits.length === 1 ? bits[0] : bits })}`;
  },
  config: ({ reg }) => `"config":${serialize(reg)}`,
};

const HELLO = {
  hello: 1,
  name: "javascript-subject",
  version: "1.0.0",
  language: `javascript, node ${process.versions.node}`,
  claims: {
    ops: ["construct", "penalty", "activity", "gradient", "prox", "get", "config"],
    dtypes: ["f32", "f64"],
    subnormals: "gradual",
    regs: ["l1", "l2", "l1l2"],
    at_zero: "zero",
    editions: ["keras-3.14.1"],
  },
};

function answer(line) {
  let request;
  try {
    request = JSON.parse(line) || {};
  } catch (error) {
    return '{"id":null,"error":"malformed"}';
  }
  const { id, op, reg, dtype, x } = request;
  if (request.bye) return null;
  if (request.hello) return JSON.stringify(HELLO);
  if (typeof id !== "number") return '{"id":null,"error":"malformed"}';
  try {
    if (!Object.keys(OPS).includes(op)) throw new Rejected("unsupported", `no op ${op}`);
    const format = FORMATS[dtype];
    if (dtype !== undefined && !format) throw new Rejected("unsupported", `no dtype ${dtype}`);
    const xs = format && x.map((bits) => decode(format, bits));
    const y = OPS[op]({ ...request, reg: reg && read(reg), format, xs });
    if (typeof y === "string") return `{"id":${id},${y}}`;
    return JSON.stringify({ id, y: y.map((number) => encode(format, format.round(number))) });
  } catch ({ kind = "internal", message }) {
    return JSON.stringify(kind === "unsupported" ? { id, unsupported: message } : { id, error: kind, message });
  }
}

// Not readline: it ends a line at U+2028 too, which a JSON text may contain.
let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => {
  const lines = chunk.split("\n");
  lines[0] = rest + lines[0];
  rest = lines.pop();
  const answers = lines.map(answer).filter((text) => text !== null);
  process.stdout.write(answers.map((text) => text + "\n").join(""));
});
