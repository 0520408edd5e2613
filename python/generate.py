"""Writes what follows from the schemas of requests and replies: functions with their arguments
(`onsager/_experiments.py`), classes of results (`onsager/results.py`), and the reference
(`REFERENCE.md`). The tests compare the files with what this would write.

    python python/generate.py [--check]
"""

from __future__ import annotations

import importlib.util
import json
import keyword
import pathlib
import re
import sys
import textwrap
from typing import Any

# The sources beside this file have no compiled module, unless they were installed in place.
del sys.path[0]


def compiled() -> Any:
    """The compiled module, without the package around it, which may be what is made anew."""
    package = importlib.util.find_spec("onsager")
    assert package is not None and package.submodule_search_locations
    for folder in package.submodule_search_locations:
        for path in pathlib.Path(folder).glob("_onsager.*"):
            if path.suffix in (".so", ".pyd"):
                spec = importlib.util.spec_from_file_location("onsager._onsager", path)
                assert spec is not None and spec.loader is not None
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    raise ImportError("the module is not installed: pip install .")


_onsager = compiled()

HERE = pathlib.Path(__file__).parent
WIDTH = 96
HEAD = "# Made by python/generate.py from the schemas of the library: change those.\n"

#: The class of the answer, without the word Report.
BASES = {"Solved": "SolvedAnswer"}
#: Arguments that come first, in this order.
FIRST = ["definition", "set", "data", "alpha", "lam", "hidden", "units", "bias", "signal"]
FIRST += ["visible_signal", "n", "d", "instances", "algorithm"]
#: Arguments that are laws: a name, a file, or a definition.
LAWS = {"hidden", "signal", "visible_signal", "component"}
#: Arguments that may be paths.
FILES = {"definition", "data", "equations", "record", "weights", "load_weights", "matrix", "covariance"}
#: What the command line says otherwise.
WORDS = {
    "start_m": "Overlaps M at the start: a list of rows, signals × units.",
    "start_q": "Self-overlaps Q at the start: a list of rows, units × units.",
}
#: Experiments on potentials are methods of Potential.
METHODS = {"solve_potential", "stability_potential", "branch_potential"}


def sentence(text: str) -> str:
    """Documentation as plain text: links and quotes of Rust's are taken out."""
    text = re.sub(r"```.*?```", "", text, flags=re.S).split("# Example")[0]
    text = re.sub(r"\[`?([^\]`]+)`?\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[`([^\]`]+)`\]", r"`\1`", text)
    text = re.sub(r"`?--([a-z][a-z-]*)`?", lambda m: m[1].replace("-", "_"), text)
    return " ".join(text.split()).replace("\\", "/")


def quoted(text: str, indent: int) -> str:
    room = WIDTH - indent - 6
    pad = " " * indent
    lines = textwrap.wrap(text, room) or [""]
    return '"""' + f"\n{pad}".join(lines) + '"""'


class Classes:
    """Classes of records for the objects of one schema after the other."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.order: list[str] = []
        self.sources: dict[str, str] = {}
        #: The answer whose parts are written: its name tells types of one name apart.
        self.answer = ""
        self.question = ""

    def kind(self, schema: Any, root: Any, name: str) -> tuple[str, str | None]:
        """The annotation of a schema, and the class of records in it."""
        if schema is True or not schema:
            return "Any", None
        if "$ref" in schema:
            own = schema["$ref"].rsplit("/", 1)[-1]
            return self.definition(own, root)
        if "allOf" in schema and len(schema["allOf"]) == 1:
            return self.kind(schema["allOf"][0], root, name)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.union(schema[union], root, name)
        if "const" in schema:
            return f"Literal[{schema['const']!r}]", None
        if "enum" in schema:
            return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]", None
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return self.union([{**schema, "type": kind} for kind in kinds], root, name)
        if kinds == "object":
            if "properties" in schema:
                return self.record(name, schema, root)
            inner, _ = self.kind(schema.get("additionalProperties", True), root, name)
            return f"dict[str, {inner}]", "dict"
        if kinds == "array":
            return self.array(schema, root, name)
        plain = {"number": "float", "integer": "int", "string": "str", "boolean": "bool"}
        return {**plain, "null": "None"}.get(kinds, "Any"), None

    def array(self, schema: Any, root: Any, name: str) -> tuple[str, str | None]:
        inner, found = self.kind(schema.get("items", True), root, name)
        if inner in ("float", "float | None", "FloatArray"):
            return "FloatArray", "array"
        return f"list[{inner}]", found

    def union(self, parts: list[Any], root: Any, name: str) -> tuple[str, str | None]:
        kinds: list[str] = []
        found: set[str] = set()
        texts: list[str] = []
        for at, part in enumerate(parts):
            own = f"{name}{tag(part) or at + 1}"
            kind, record = self.kind(part, root, own)
            if record is not None:
                found.add(record)
            literal = re.fullmatch(r"Literal\[(.*)\]", kind)
            if literal:
                texts.append(literal[1])
            elif kind not in kinds:
                kinds.append(kind)
        if texts:
            kinds.insert(0, f"Literal[{', '.join(texts)}]")
        records = found - {"dict", "array"}
        if len(records) > 1:
            # Which of several it is only its tag says: such a field is a plain record.
            kinds = [kind for kind in kinds if kind not in records] + ["Record"]
            found = set()
        kinds.sort(key=lambda kind: kind == "None")
        return " | ".join(kinds), found.pop() if len(found) == 1 else None

    def definition(self, name: str, root: Any) -> tuple[str, str | None]:
        schema = root["$defs"][name]
        if "properties" in schema:
            return self.record(name, schema, root)
        return self.kind(schema, root, name)

    def record(self, name: str, schema: Any, root: Any, base: str = "Record") -> tuple[str, str]:
        name = re.sub(r"\W", "", name[0].upper() + name[1:])
        source = json.dumps(schema, sort_keys=True)
        if self.sources.get(name, source) != source:
            name = f"{self.answer}{name}"
        if name in self.known:
            return name, name
        self.known[name] = ""
        self.sources[name] = source
        lines = [f"class {name}({base}):"]
        text = sentence(schema.get("description", ""))
        if name == self.answer:
            text = f"The answer of {self.question}."
        lines.append("    " + quoted(text or f"{name}.", 4))
        kinds: dict[str, str] = {}
        fields: dict[str, str] = {}
        required = self.required(schema, root)
        optional = []
        for key, own in self.properties(schema, root).items():
            field = key.replace("-", "_")
            field = {"lambda": "lam", "from": "from_"}.get(field, field)
            if not field.isidentifier() or keyword.iskeyword(field):
                continue
            kind, record = self.kind(own, root, f"{name}{key.title().replace('_', '')}")
            if record is not None:
                kinds[key] = record
            if key not in required:
                optional.append(field)
                kind = kind if "None" in kind.split(" | ") else f"{kind} | None"
            about = own.get("description", "") if isinstance(own, dict) else ""
            fields[field] = f"    {field}: {kind}\n"
            if about:
                fields[field] += f"    {quoted(sentence(about), 4)}\n"
        body = "".join(fields.values())
        if kinds:
            pairs = "".join(f'\n        "{key}": "{kind}",' for key, kind in kinds.items())
            lines.append(f"\n    _kinds: ClassVar[dict[str, str]] = {{{pairs}\n    }}")
        if optional:
            names = "".join(f'\n        "{one}",' for one in optional)
            lines.append(f"\n    _optional: ClassVar[frozenset[str]] = frozenset([{names}\n    ])")
        self.known[name] = "\n".join(lines) + ("\n\n" + body if body else "\n")

        self.order.append(name)
        return name, name

    def required(self, schema: Any, root: Any) -> set[str]:
        """Fields that are always there."""
        names = set(schema.get("required", []))
        if "$ref" in schema:
            names |= self.required(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root)
        for part in schema.get("allOf", []):
            names |= self.required(part, root)
        for union in ("anyOf", "oneOf"):
            parts = [self.required(part, root) for part in schema.get(union, [])]
            names |= set.intersection(*parts) if parts else set()
        return names

    def properties(self, schema: Any, root: Any) -> dict[str, Any]:
        """Fields, with those of schemas that stand beside."""
        fields: dict[str, Any] = {}
        if "$ref" in schema:
            own = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
            fields.update(self.properties(own, root))
        for part in schema.get("allOf", []):
            fields.update(self.properties(part, root))
        for union in ("anyOf", "oneOf"):
            parts = [self.properties(part, root) for part in schema.get(union, [])]
            for part in parts:
                for key, own in part.items():
                    everywhere = all(key in other for other in parts)
                    fields[key] = own if everywhere else {"anyOf": [own, {"type": "null"}]}
        fields.update(schema.get("properties", {}))
        return fields


def tag(schema: Any) -> str | None:
    """What tells a variant from others."""
    if not isinstance(schema, dict):
        return None
    for own in schema.get("properties", {}).values():
        if isinstance(own, dict) and "const" in own:
            return "".join(part.title() for part in re.split(r"\W|_", str(own["const"])))
    return None


def argument_kind(name: str, schema: Any, root: Any) -> str:
    if name in LAWS:
        return "Law | None"
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "anyOf" in schema or "oneOf" in schema or "enum" in schema:
        return "Any"
    items = schema.get("items", {})
    if "array" in kinds and isinstance(items, dict):
        inner = {"number": "Floats", "integer": "int | Sequence[int]", "string": "str | Sequence[str]"}
        return inner.get(items.get("type", ""), "Any") + " | None"
    plain = {"number": "float", "integer": "int", "string": "str", "boolean": "bool"}
    found = [plain[kind] for kind in kinds if kind in plain]
    if not found:
        return "Any"
    path = "Path | " if name in FILES and "str" in found else ""
    return f"{path}{' | '.join(found)} | None"


def ordered(arguments: list[Any]) -> list[Any]:
    def place(one: Any) -> tuple[int, str]:
        name = one["name"]
        if name in FIRST:
            return FIRST.index(name), name
        return (len(FIRST) if name != "seed" else len(FIRST) + 1), name

    return sorted(arguments, key=place)


def function(name: str, described: Any, answer: str) -> str:
    arguments = ordered(described["arguments"])
    root = described["request"]
    text = sentence(root.get("description", f"Asks for {name}."))
    text = re.sub(r"^Asks (for|what|whether|how|where) ?", lambda m: "" if m[1] == "for" else f"{m[1].title()} ", text)
    text = text[0].upper() + text[1:]
    signature, about = [], []
    for one in arguments:
        kind = argument_kind(one["name"], one["schema"], root)
        signature.append(f"    {one['name']}: {kind} = None,")
        words = WORDS.get(one["name"]) or sentence(one["schema"].get("description", ""))
        own = textwrap.wrap(words, WIDTH - 10)
        about.append(f"    {one['name']} : {kind.replace(' | None', '')}")
        about.extend(f"        {line}" for line in own)
    tail = ["    threads: int | None = None,", "    progress: Progress = None,"]
    about += [
        "    threads : int",
        "        Number of threads; results do not depend on it.",
        "    progress : bool or callable",
        "        Whether to show progress, or who is told of it: `progress(what, part)`.",
    ]
    names = ", ".join(f'"{one["name"]}": {one["name"]}' for one in arguments)
    head = "\n".join([f"def {name}(", "    *,", *signature, *tail, f") -> {answer}:"])
    doc = [f'    """{text[:1]}' + "\n    ".join(textwrap.wrap(text[1:], WIDTH - 10)), ""]
    if name == "solve":
        doc += [
            "    Arrays of alpha and lam (whose last axis are the signals) are solved in parallel: they",
            "    broadcast, and the answer is a SolvedMany. A cell without a number has NaN, and an outcome",
            "    that says why.",
            "",
        ]
    doc += ["    Parameters", "    ----------", *about, ""]
    doc += ["    Returns", "    -------", f"    {answer}", ""]
    doc += ["    Raises", "    ------", "    InputError", "        Bad input; `field` names the argument.", '    """']
    own = f"{{{names}}}"
    call = (
        f"    return _solve({own}, threads, progress)"
        if name == "solve"
        else f'    return ask("{name}", "{answer}", {own}, threads, progress)  # type: ignore[no-any-return]'
    )
    if name == "analyze":
        call = f'    return _analyze({own}, threads, progress)  # type: ignore[no-any-return]'
        head = head.replace("    data: Path | str | None = None,", "    data: Path | str | npt.NDArray[Any] | None = None,")
        head = head.replace("    data: Any = None,", "    data: Path | str | npt.NDArray[Any] | None = None,")
    made = "\n".join([head, *doc, call]) + "\n"
    if name == "solve":
        general = {"alpha: float | None": "alpha: Any", "lam: Floats | None": "lam: Any"}
        made = made.replace(") -> Solved:", ") -> Any:", 1)
        for narrow, wide in general.items():
            made = made.replace(f"    {narrow} = None,", f"    {wide} = None,", 1)
        made = overloads(head) + made
    return made


def overloads(head: str) -> str:
    """`solve` of one problem, and of arrays of them."""
    one = head.replace("alpha: float | None = None", "alpha: float").replace(
        "lam: Floats | None = None", "lam: float | Sequence[float]"
    )
    lone = "@overload\n" + one + " ...\n\n\n"
    many = one.replace("alpha: float,", "alpha: float | FloatArray,")
    many = many.replace("lam: float | Sequence[float],", "lam: float | FloatArray,")
    many = many.replace(") -> Solved:", ") -> SolvedMany:")
    return lone.replace("def solve(", "def solve(  # type: ignore[overload-overlap]") + "@overload\n" + many + " ...\n\n\n"


def written() -> dict[pathlib.Path, str]:
    classes = Classes()
    functions, names, reference = [], [], []
    answers: dict[str, str] = {}
    for name in _onsager.experiments():
        described = json.loads(_onsager.describe(name))
        reply = described["reply"]
        answer = reply["title"].removesuffix("Report")
        answers[name] = answer
        base = BASES.get(answer, "Answer")
        classes.answer, classes.question = answer, name
        classes.record(answer, reply, reply, base)
        if name not in METHODS:
            functions.append(function(name, described, answer))
            names.append(name)
    # Classes of fields that several records may stand in are named by nothing.
    used = {answers[name] for name in answers}
    waiting = list(used)
    while waiting:
        for name in re.findall(r"\w+", classes.known[waiting.pop()]):
            if name in classes.known and name not in used:
                used.add(name)
                waiting.append(name)
    results = [
        f'"""Classes of results."""\n\n{HEAD}\nfrom __future__ import annotations\n',
        "from typing import Any, ClassVar, Literal\n",
        "from ._answer import Answer, FloatArray, Record, SolvedAnswer\n\n",
        "\n\n".join(classes.known[name] for name in classes.order if name in used),
    ]
    listed = "".join(f'\n    "{name}",' for name in names)
    used = ",\n    ".join(sorted({answers[name] for name in names}))
    experiments = [
        f'"""Questions that can be asked."""\n\n{HEAD}\nfrom __future__ import annotations\n',
        "import os\nfrom collections.abc import Sequence\nfrom typing import Any, Union, overload\n",
        "import numpy.typing as npt\n",
        "from ._answer import FloatArray, SolvedMany\nfrom ._call import Progress, ask\n",
        "from ._call import analyze as _analyze\nfrom ._call import solve as _solve\n",
        f"from ._definitions import Prior\nfrom .results import (\n    {used},\n)\n\n",
        "Path = os.PathLike[str]\n",
        "#: A name, the path of a file, or a definition.\nLaw = Union[str, Path, Prior]\n",
        "#: A number, or several.\nFloats = Union[float, Sequence[float], FloatArray]\n\n",
        f"__all__ = [{listed}\n]\n\n\n",
        "\n\n".join(functions),
    ]
    reference = ["# Reference of the Python module\n", "Made from the schemas of the library by `python/generate.py`.\n"]
    for name in names:
        described = json.loads(_onsager.describe(name))
        reference.append(f"## `onsager.{name}`\n")
        reference.append(sentence(described["request"].get("description", "")) + "\n")
        reference.append(f"Returns `{answers[name]}`.\n")
        for one in ordered(described["arguments"]):
            words = WORDS.get(one["name"]) or sentence(one["schema"].get("description", ""))
            reference.append(f"- `{one['name']}`: {words}")
        reference.append("")
    return {
        HERE / "onsager/results.py": "\n".join(results),
        HERE / "onsager/_experiments.py": "\n".join(experiments),
        HERE / "REFERENCE.md": "\n".join(reference),
    }


def main() -> int:
    stale = []
    for path, text in written().items():
        text = text.rstrip() + "\n"
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(path.name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"{', '.join(stale)}: made anew by python python/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
