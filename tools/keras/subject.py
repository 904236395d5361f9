"""Answer questions with the Keras that is installed here.

    python subject.py EDITION [BACKEND] < questions.jsonl > answers.jsonl

One question per line, one answer per line, in the order of the questions. The first line written says which packages
answer. BACKEND is KERAS_BACKEND when it is not given. README.md has the format. Python 3.6 and later.
"""

import json
import math
import os
import platform
import re
import sys

import bits

FACTORIES = ["l1", "l2", "l1_l2", "L1", "L2", "L1L2", "OrthogonalRegularizer", "orthogonal_regularizer"]
ROLES = ["kernel", "bias", "activity"]
TENSOR = ["dtype", "shape", "x"]
FIELDS = {  # what a question must say
    "echo": TENSOR, "construct": ["reg"], "penalty": ["reg"] + TENSOR, "gradient": ["reg"] + TENSOR,
    "activity": ["reg"] + TENSOR, "layer": ["batch"], "model": ["layers", "batch"], "get": ["identifier"],
}
MESSAGE = 200  # characters of an error that are kept


def generation(edition, backend):
    """The Keras of an edition."""
    if edition.startswith("keras-2."):
        import keras2 as module
    elif edition.startswith("tf-"):
        import tfkeras as module
    else:
        import keras3 as module
    return module.Keras(backend)


def plain(text):
    """A text without what differs from machine to machine: addresses, and where files are."""
    for here in (r" at 0x[0-9a-f]+", r" from '/[^']*'", r"/\S*/site-packages/"):
        text = re.sub(here, "", text)
    return text


def malformed(question, why):
    """End the program: an answer would look like one of Keras."""
    raise SystemExit("malformed question %r: %s" % (question.get("id"), why))


class Subject:
    def __init__(self, keras):
        self.keras = keras
        self.regularizers = keras.keras.regularizers

    def answer(self, question):
        """The answer to a question; an exception of Keras is an answer."""
        answer = {"id": question.get("id")}
        operation = question.get("op")
        for field in FIELDS.get(operation, []):
            if field not in question:
                malformed(question, "no " + field)
        before = self.keras.keras.backend.floatx()
        try:
            if operation not in FIELDS:
                raise bits.Unsupported("no op %s" % operation)
            self.keras.start()
            self.keras.keras.backend.set_floatx(question.get("floatx", before))
            answer.update(getattr(self, operation)(question))
        except bits.Unsupported as unsupported:
            answer["unsupported"] = str(unsupported)
        except NameError as error:
            # Keras' own code has no missing names: it is the `reg` that names what this edition lacks.
            answer.update(error="missing", message=plain(str(error))[:MESSAGE])
        except Exception as error:
            answer.update(error=type(error).__name__, message=plain(str(error))[:MESSAGE])
        finally:
            self.keras.keras.backend.set_floatx(before)
        return answer

    def regularizer(self, notation):
        """The regularizer that a `reg` builds."""
        names = {name: getattr(self.regularizers, name) for name in FACTORIES if hasattr(self.regularizers, name)}
        names.update(__builtins__={}, nan=math.nan, inf=math.inf)
        return eval(notation, names)

    def roles(self, question):
        """The regularizers of a layer, as the arguments of Dense."""
        return {role + "_regularizer": self.regularizer(question[role]) for role in ROLES
                if question.get(role) is not None}

    def tensor(self, question):
        try:
            return bits.decode(question["dtype"], question["shape"], question["x"])
        except ValueError as error:
            malformed(question, error)

    def echo(self, question):
        return self.values([self.keras.echo(self.tensor(question))])

    def construct(self, question):
        return {"config": json.dumps(self.keras.serialize(self.regularizer(question["reg"])))}

    def penalty(self, question):
        return self.values([self.keras.penalty(self.regularizer(question["reg"]), self.tensor(question))])

    def gradient(self, question):
        gradient = self.keras.gradient(self.regularizer(question["reg"]), self.tensor(question))
        if gradient is None:
            return {"error": "NoGradient", "message": "the penalty does not depend on the tensor"}
        return self.values([gradient])

    def activity(self, question):
        return self.values(self.keras.activity(self.regularizer(question["reg"]), self.tensor(question)))

    def layer(self, question):
        return self.values(self.keras.layer(self.roles(question), question.get("trainable", True), question["batch"]))

    def model(self, question):
        layers = [(layer.get("name"), self.roles(layer), layer.get("trainable", True)) for layer in question["layers"]]
        return self.values(self.keras.model(layers, question["batch"]))

    def values(self, values):
        """Tensors one after the other, and their type; a list of types if they have several."""
        pairs = [bits.encode(value) for value in values]
        types = [name for name, _ in pairs] or [bits.SHORT[self.keras.keras.backend.floatx()]]
        return {"y": [word for _, words in pairs for word in words],
                "dtype": types[0] if len(set(types)) == 1 else types}

    def get(self, question):
        result = self.regularizers.get(question["identifier"])
        if isinstance(result, self.regularizers.Regularizer):
            return {"config": json.dumps(self.keras.serialize(result))}
        return {"returned": plain(repr(result))}


def main():
    # Whatever a package prints goes to stderr: stdout is the protocol.
    protocol = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    edition = sys.argv[1]
    backend = sys.argv[2] if len(sys.argv) > 2 else os.environ["KERAS_BACKEND"]
    keras = generation(edition, backend)
    subject = Subject(keras)

    def say(line):
        protocol.write(json.dumps(line, separators=(",", ":")) + "\n")
        protocol.flush()

    say({"backend": backend, "python": platform.python_version(), "packages": keras.packages})
    for line in sys.stdin:
        if line.strip():
            say(subject.answer(json.loads(line)))


if __name__ == "__main__":
    main()
