"""What can be measured: a program with a method, and for Spokeshave the recipe."""
import json
from dataclasses import dataclass

GPTQ = "gptq: { bits: 4, group_size: 128, symmetric: false, act_order: %s, damping: 0.01 }"
METHODS = {
    "gptq": GPTQ % "false",
    "gptq-static": GPTQ % "static",
    "sparsegpt": "sparsegpt: { sparsity: 0.5, damping: 0.01 }",
}
SCRIPTS = {"pytorch": "plain_torch.py", "llmcompressor": "llm_compressor.py"}


@dataclass(frozen=True)
class Case:
    """One line of the table. `program` is pytorch, llmcompressor or spokeshave; `method` is one
    of METHODS, or empty with a `recipe` file of the user's; `inputs` is Spokeshave's mode."""
    program: str
    method: str
    inputs: str = ""
    recipe: str = ""
    label: str = ""

    @property
    def name(self):
        if self.label:
            return f"{self.program}-{self.label}"
        mode = "-block" if self.inputs == "block" else ""
        return f"{self.program}-{self.method}{mode}"

    @property
    def family(self):
        """What it is compared with: gptq or sparsegpt."""
        return (self.label or self.method).split("-")[0]

    def recipe_text(self, options):
        """The recipe for Spokeshave. Without a seed it takes the text's first windows in order,
        the same tokens that the peers get."""
        return (
            f"calibration: {{ text: {json.dumps(str(options.text))}, "
            f"samples: {options.samples}, length: {options.length}, "
            f"held_out: {options.held_out} }}\n"
            f"inputs: {self.inputs}\nsteps:\n  - {METHODS[self.method]}\n"
            '    targets: ["Linear"]\n    ignore: ["lm_head"]\n')


def known():
    """All cases by name; those measured by default first."""
    cases = []
    for method in ("gptq", "sparsegpt"):
        cases += [Case("pytorch", method), Case("llmcompressor", method),
                  Case("spokeshave", method, "sequential")]
    cases += [Case("llmcompressor", "gptq-static"),
              Case("spokeshave", "gptq-static", "sequential"),
              Case("spokeshave", "gptq", "block"), Case("spokeshave", "sparsegpt", "block")]
    return {case.name: case for case in cases}


DEFAULT = list(known())[:6]
