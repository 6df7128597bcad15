"""The impact of a change names the stages that DVC runs in a fresh clone, or a stated superset."""

from dataclasses import dataclass, field

import pytest

from bot.lineage.impact import impact_of
from bot.lineage.lock import inconsistencies, read_lock, run_key
from bot.lineage.parse import parse_pipeline
from bot.lineage.stages import Pipeline

Files = dict[str, str | bytes | None]

CHAIN = """\
stages:
  first:
    cmd: cat code.txt raw.txt > first.txt
    deps: [code.txt, raw.txt]
    outs: [first.txt]
  second:
    cmd: (cat first.txt; echo ${lr}) > second.txt
    deps: [first.txt]
    params: [lr]
    outs: [second.txt]
  third:
    cmd: cat second.txt > third.txt
    deps: [second.txt]
    outs: [third.txt]
  aside:
    cmd: cat raw.txt > aside.txt
    deps: [raw.txt]
    outs: [aside.txt]
"""
CHAIN_FILES: Files = {
    "dvc.yaml": CHAIN,
    "code.txt": "code\n",
    "raw.txt": "raw\n",
    "params.yaml": "lr: 0.1\nother: 1\n",
}


@dataclass
class Case:
    """A repository, a change, what DVC runs after it, and what we name beyond that (`more`, and `why`).

    `settle` is written after the first run and belongs to the base. `pull_first`: `repro --pull` asks for a
    missing dependency of a stage in another directory by the wrong path and fails, so all data is pulled.
    `add` are files given to `dvc add`, `data` new content for them; `forget` is a lock entry to drop.
    `push`: the cache also holds uncached outputs, and `repro` would take them from there.
    """

    files: Files
    change: Files
    runs: set[str]
    more: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    why: str = ""
    settle: Files = field(default_factory=dict)
    pull_first: bool = False
    add: tuple[str, ...] = ()
    data: dict[str, str] = field(default_factory=dict)
    forget: str = ""
    push: bool = False


def edited(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def without_entry(lock: str, name: str) -> str:
    kept, dropping = [], False
    for line in lock.splitlines(keepends=True):
        if line.startswith("  ") and not line.startswith("   "):
            dropping = line.strip() == f"{name}:"
        kept += [] if dropping else [line]
    assert len(kept) < len(lock.splitlines())
    return "".join(kept)


MATRIX = """\
stages:
  train:
    matrix:
      model: [cnn, xgb]
      deep: [true, false]
      feature: ${features}
    cmd: echo ${item.model} ${item.deep} ${item.feature.name} ${key} > ${key}.txt
    deps: [code.txt]
    outs: ["${key}.txt"]
"""
FOREACH_LIST = """\
stages:
  clean:
    foreach: ${sets}
    do:
      cmd: echo ${item.name} ${item.rows[0]} > ${item.name}.txt
      outs: ["${item.name}.txt"]
      deps: [code.txt]
  flag:
    foreach: ${flags}
    do:
      cmd: echo ${item} > flag-${item}.txt
      deps: [code.txt]
      outs: ["flag-${item}.txt"]
"""
FOREACH_DICT = """\
stages:
  build:
    foreach:
      uk: {epochs: 3, thresh: 10}
      us: {epochs: "${us_epochs}", thresh: 1.5}
    do:
      cmd: echo ${key} ${item.epochs} ${item.thresh} > ${key}.txt
      params: ["regions.${key}"]
      outs: ["${key}.txt"]
  merge:
    cmd: cat uk.txt us.txt > all.txt
    deps: [uk.txt, us.txt]
    outs: [all.txt]
"""
VARS = """\
vars:
  - config/shared.json:paths,seed
  - extra.toml
  - inline: {size: 3, names: [x, y]}
stages:
  one:
    vars:
      - local.yaml
      - mine: {a: 1}
    cmd: echo ${seed} ${inline.names[1]} ${local.word} ${mine.a} \\${HOME} > ${paths.one}
    deps: [code.txt]
    outs: ["${paths.one}"]
  two:
    cmd: echo ${seed} ${table.ratio} ${inline.size} > two.txt
    deps: ["${paths.one}"]
    outs: [two.txt]
  options:
    cmd:
      - echo ${opts} > options.txt
      - echo done >> options.txt
    deps: [code.txt]
    outs: [options.txt]
"""
VARS_FILES: Files = {
    "dvc.yaml": VARS,
    "config/shared.json": '{"paths": {"one": "one.txt"}, "seed": 7, "unused": 1}',
    "extra.toml": "[table]\nratio = 0.5\n",
    "local.yaml": "local:\n  word: hi\n",
    "params.yaml": "opts: {fast: true, slow: false, name: a b, deep: {x: 1e-3, list: [1, two]}}\n",
    "code.txt": "c\n",
}
SEVERAL: Files = {
    "dvc.yaml": "stages:\n  all:\n    cmd: cat a/a.txt b/c/b.txt > all.txt\n    deps: [a/a.txt, b/c/b.txt]\n"
    "    outs: [all.txt]\n",
    "a/dvc.yaml": "stages:\n  make:\n    cmd: cat in.txt > a.txt\n    deps: [in.txt]\n    outs: [a.txt]\n",
    "a/in.txt": "1\n",
    "b/c/dvc.yaml": "stages:\n  make:\n    cmd: (cat ../../a/a.txt; echo ${n}) > b.txt\n"
    "    deps: [../../a/a.txt]\n    params: [n]\n    outs: [b.txt]\n"
    "  other:\n    cmd: echo ${n} > o.txt\n    params: [n]\n    outs: [o.txt]\n",
    "b/c/params.yaml": "n: 1\n",
    "b/.dvcignore": "old/\n",
    "b/old/dvc.yaml": "not: [a pipeline",
}
DIRECTORY_OUT = """\
stages:
  split:
    cmd: mkdir -p parts && cp code.txt parts/one.txt && cp raw.txt parts/two.txt
    deps: [code.txt, raw.txt]
    outs: [parts]
  whole:
    cmd: cat parts/* > whole.txt
    deps: [parts]
    outs: [whole.txt]
  part:
    cmd: cat parts/two.txt > part.txt
    deps: [parts/two.txt]
    outs: [part.txt]
"""
DIRECTORY_DEP: Files = {
    "dvc.yaml": "stages:\n"
    "  train:\n    cmd: cat src/*.py > model.txt\n    deps: [src]\n    outs: [model.txt]\n"
    "  docs:\n    cmd: cat docs.txt > docs.out\n    deps: [docs.txt]\n    outs: [docs.out]\n",
    "src/a.py": "a\n",
    "src/deep/ü b.py": "b\n",
    "src/notes/x.md": "n\n",
    "src/run.log": "l\n",
    ".dvcignore": "# comment\n*.log\n/src/notes/\n!keep.log\n",
    "src/deep/keep.log": "k\n",
    "docs.txt": "d\n",
}
MIXED: Files = {
    "dvc.yaml": "stages:\n"
    "  make:\n    cmd: cat code.txt > data/made.txt\n    deps: [code.txt]\n    outs: [data/made.txt]\n"
    "  use:\n    cmd: cat data/*.txt > used.txt\n    deps: [data]\n    outs: [used.txt]\n",
    "code.txt": "c\n",
    "data/own.txt": "o\n",
}
FROZEN = edited(CHAIN, ("  second:\n", "  second:\n    frozen: true\n"))
ALWAYS = (
    edited(CHAIN, ("  aside:\n", "  aside:\n    always_changed: true\n")) + "  ping:\n    cmd: echo ping\n"
)
METRIC = """\
stages:
  evaluate:
    cmd: cp code.txt metrics.txt
    deps: [code.txt]
    metrics:
      - metrics.txt:
          cache: false
    plots:
      - curves:
          cache: false
          x: a
          y: b
  after:
    cmd: cat metrics.txt > after.txt
    deps: [metrics.txt]
    outs: [after.txt]
"""
METRIC = edited(
    METRIC,
    ("cp code.txt metrics.txt", "cp code.txt metrics.txt && mkdir -p curves && cp code.txt curves/roc.csv"),
)
WDIR = """\
stages:
  inside:
    wdir: work/${place}
    cmd: cat ../../code.txt here.txt > out.txt
    deps: [../../code.txt, ./here.txt]
    params:
      - local.yaml:
          - depth
      - ../../params.yaml:
    outs: [out.txt]
  after:
    cmd: cat work/x/out.txt > after.txt
    deps: [work/x/out.txt]
    outs: [after.txt]
"""
WDIR_FILES: Files = {
    "dvc.yaml": WDIR,
    "params.yaml": "place: x\n",
    "code.txt": "c\n",
    "work/x/here.txt": "h\n",
    "work/x/local.yaml": "depth: 3\nunused: 1\n",
}
PARAM_FILES: Files = {
    "dvc.yaml": "stages:\n  all:\n    cmd: echo all > all.txt\n    outs: [all.txt]\n    params:\n"
    "      - p.json: [a.b]\n      - p.toml: [t.x]\n      - p.py: [LR, Train.depth, Net.width]\n"
    "      - whole.yaml:\n      - nested.0.deep\n"
    "  lone:\n    cmd: echo lone > lone.txt\n    params:\n      - p.json: [c]\n    outs: [lone.txt]\n",
    "p.json": '{"a": {"b": 1.0}, "c": null}',
    "p.toml": "[t]\nx = 'y'\n",
    "p.py": "LR = 0.1\nclass Train:\n    depth: int = 3\n"
    "class Net:\n    def __init__(self):\n        self.width = (1, 2)\n",
    "whole.yaml": "a: 1\nb: {c: [1, 2]}\n",
    "params.yaml": "nested:\n  - deep: 1\n",
}
YAML_VALUES: Files = {
    "dvc.yaml": "stages:\n  say:\n    cmd: echo ${a} ${b} ${c} ${d} ${e} ${f} ${g} ${h} > say.txt\n"
    "    params: [a, b, c, d, e, f, g, h]\n    outs: [say.txt]\n",
    "params.yaml": "a: 5e-3\nb: no\nc: 010\nd: 1_000\ne: 0o17\nf: 1.0\ng: 'true'\nh: 1e5\n",
}

CASES = {
    "nothing that matters": Case(
        CHAIN_FILES, {"README.md": "docs\n", "params.yaml": "other: 2\nlr: 0.10\n"}, set()
    ),
    "command": Case(
        CHAIN_FILES,
        {"dvc.yaml": edited(CHAIN, ("echo ${lr}", "echo x ${lr}"))},
        {"second", "third"},
    ),
    "parameter": Case(CHAIN_FILES, {"params.yaml": "lr: 0.2\nother: 1\n"}, {"second", "third"}),
    "code": Case(CHAIN_FILES, {"code.txt": "code 2\n"}, {"first", "second", "third"}),
    "upstream with the same bytes": Case(
        {**CHAIN_FILES, "dvc.yaml": edited(CHAIN, ("cat code.txt raw.txt", "cat raw.txt"))},
        {"code.txt": "a comment\n"},
        {"first"},
        more={"second", "third"},
        why="DVC sees only after running `first` that its output is the same",
    ),
    "data of a .dvc file": Case(
        CHAIN_FILES,
        {},
        {"first", "second", "third", "aside"},
        add=("raw.txt",),
        data={"raw.txt": "new data\n"},
    ),
    "data nobody reads": Case(
        {**CHAIN_FILES, "spare.bin": "x"}, {}, set(), add=("raw.txt", "spare.bin"), data={"spare.bin": "y"}
    ),
    "data in a directory of data": Case(
        {
            "dvc.yaml": "stages:\n"
            "  use:\n    cmd: cat data/a.txt > used.txt\n    deps: [data/a.txt]\n    outs: [used.txt]\n"
            "  all:\n    cmd: cat data/* > all.txt\n    deps: [data]\n    outs: [all.txt]\n",
            "data/a.txt": "a\n",
            "data/b.txt": "b\n",
        },
        {"notes.txt": "n\n"},
        set(),
        add=("data",),
    ),
    "lock entry taken away": Case(CHAIN_FILES, {}, {"third"}, forget="third"),
    "dependency taken away": Case(
        CHAIN_FILES,
        {"code.txt": None},
        set(),
        more={"first", "second", "third"},
        why="--allow-missing takes a deleted dependency for one not pulled; without it DVC runs the stage",
    ),
    "matrix grows": Case(
        {"dvc.yaml": MATRIX, "params.yaml": "features: [{name: a}, {name: b}]\n", "code.txt": "c\n"},
        {"params.yaml": "features: [{name: a}, {name: c}, {name: d}]\n"},
        {f"train@{m}-{d}-feature{i}" for m in ("cnn", "xgb") for d in ("true", "false") for i in (1, 2)},
    ),
    "matrix code": Case(
        {
            "dvc.yaml": edited(MATRIX, ("[true, false]", "[1]"), ("${features}", "[{name: a}]")),
            "code.txt": "c\n",
        },
        {"code.txt": "d\n"},
        {"train@cnn-1-feature0", "train@xgb-1-feature0"},
    ),
    "foreach over a list": Case(
        {
            "dvc.yaml": FOREACH_LIST,
            "params.yaml": "sets:\n- {name: a, rows: [1]}\n- {name: b, rows: [2]}\nflags: [true, 2.50, x]\n",
            "code.txt": "c\n",
        },
        {"params.yaml": "sets: [{name: a, rows: [1]}, {name: b, rows: [3]}]\nflags: [true, false, 2.5, x]\n"},
        {"clean@1", "flag@False"},
    ),
    "foreach over a mapping": Case(
        {
            "dvc.yaml": FOREACH_DICT,
            "params.yaml": "us_epochs: 4\nregions: {uk: {x: 1}, us: {x: 2}}\n",
        },
        {"params.yaml": "us_epochs: 4\nregions: {uk: {x: 1}, us: {x: 3}}\n"},
        {"build@us"},
        more={"merge"},
        why="the output of build@us is the same",
    ),
    "vars from a file": Case(
        VARS_FILES, {"config/shared.json": '{"paths": {"one": "one.txt"}, "seed": 8}'}, {"one", "two"}
    ),
    "vars of one stage": Case(VARS_FILES, {"local.yaml": "local: {word: ho}\n"}, {"one", "two"}),
    "options of a command": Case(
        VARS_FILES, {"params.yaml": "opts: {fast: true, slow: false, name: a b, deep: {x: 2}}\n"}, {"options"}
    ),
    "several dvc.yaml": Case(SEVERAL, {"a/in.txt": "2\n"}, {"a/dvc.yaml:make", "b/c/dvc.yaml:make", "all"}),
    "several dvc.yaml, inner parameter": Case(
        SEVERAL,
        {"b/c/params.yaml": "n: 2\n"},
        {"b/c/dvc.yaml:make", "b/c/dvc.yaml:other", "all"},
        pull_first=True,
    ),
    "directory output": Case(
        {"dvc.yaml": DIRECTORY_OUT, "code.txt": "c\n", "raw.txt": "r\n"},
        {"code.txt": "d\n"},
        {"split", "whole"},
        more={"part"},
        why="the one member that `part` reads is the same",
    ),
    "directory dependency": Case(DIRECTORY_DEP, {"src/deep/ü b.py": "c\n"}, {"train"}),
    "directory dependency, ignored files": Case(
        DIRECTORY_DEP, {"src/run.log": "m\n", "src/notes/x.md": "m\n", "src/notes/y.md": "m\n"}, set()
    ),
    "directory dependency, file removed": Case(DIRECTORY_DEP, {"src/deep/keep.log": None}, {"train"}),
    "frozen": Case(
        CHAIN_FILES,
        {"code.txt": "code 2\n", "params.yaml": "lr: 9\n"},
        {"first"},
        settle={"dvc.yaml": FROZEN},
        pull_first=True,
    ),
    "frozen in the middle": Case(
        CHAIN_FILES, {"raw.txt": "2\n"}, {"first", "aside"}, settle={"dvc.yaml": FROZEN}
    ),
    "always changed": Case(
        {**CHAIN_FILES, "dvc.yaml": ALWAYS},
        {"params.yaml": "lr: 3\n"},
        {"second", "third", "aside", "ping"},
        always={"aside", "ping"},
    ),
    "metric edited by hand": Case(
        {"dvc.yaml": METRIC, "code.txt": "0.5\n"},
        {"metrics.txt": "0.9\n"},
        {"evaluate"},
        more={"after"},
        why="the true metric is what `after` read before",
        push=True,
    ),
    "plots directory edited by hand": Case(
        {"dvc.yaml": METRIC, "code.txt": "0.5\n"},
        {"curves/roc.csv": "1\n"},
        {"evaluate"},
        more={"after"},
        push=True,
    ),
    "metric deleted": Case(
        {"dvc.yaml": METRIC, "code.txt": "0.5\n"},
        {"metrics.txt": None},
        set(),
        more={"evaluate", "after"},
        why="--allow-missing takes a deleted file for one not pulled; without it DVC runs both",
    ),
    "dependency added": Case(
        CHAIN_FILES,
        {"dvc.yaml": edited(CHAIN, ("deps: [second.txt]", "deps: [second.txt, code.txt]"))},
        {"third"},
    ),
    "dependency dropped": Case(
        CHAIN_FILES, {"dvc.yaml": edited(CHAIN, ("deps: [code.txt, raw.txt]", "deps: [raw.txt]"))}, set()
    ),
    "output added": Case(
        CHAIN_FILES,
        {"dvc.yaml": edited(CHAIN, ("outs: [third.txt]", "outs: [third.txt, extra.txt]"))},
        set(),
        more={"third"},
        why="--allow-missing takes an output never made for one not pulled; without it DVC runs the stage",
    ),
    "output dropped": Case(
        {
            **CHAIN_FILES,
            "dvc.yaml": edited(
                CHAIN,
                ("outs: [aside.txt]", "outs: [aside.txt, two.txt]"),
                ("> aside.txt", "| tee two.txt > aside.txt"),
            ),
        },
        {"dvc.yaml": edited(CHAIN, ("> aside.txt", "| tee two.txt > aside.txt"))},
        set(),
    ),
    "working directory": Case(WDIR_FILES, {"work/x/here.txt": "i\n"}, {"inside", "after"}),
    "working directory, whole parameter file": Case(
        WDIR_FILES, {"params.yaml": "place: x\nmore: 1\n"}, {"inside"}, more={"after"}
    ),
    "parameter files": Case(
        PARAM_FILES,
        {
            "p.py": edited(str(PARAM_FILES["p.py"]), ("(1, 2)", "(1, 3)")),
            "p.json": '{"c": null, "a": {"b": 1}}',
        },
        {"all"},
    ),
    "YAML values that read the same": Case(
        YAML_VALUES,
        {"params.yaml": "a: 0.005\nb: 'no'\nc: 10\nd: 1000\ne: 15\nf: 1.0\ng: \"true\"\nh: 100000.0\n"},
        set(),
    ),
    "YAML values that do not": Case(
        YAML_VALUES,
        {"params.yaml": "a: 5e-3\nb: false\nc: 010\nd: 1_000\ne: 0o17\nf: 1\ng: true\nh: 1e5\n"},
        {"say"},
    ),
    "new stage": Case(
        CHAIN_FILES,
        {
            "dvc.yaml": CHAIN
            + "  last:\n    cmd: cat third.txt > last.txt\n    deps: [third.txt]\n    outs: [last.txt]\n"
        },
        {"last"},
    ),
    "files and outputs in one directory": Case(MIXED, {"code.txt": "d\n"}, {"make", "use"}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_impact_names_what_dvc_runs_in_a_fresh_clone(name: str, repository) -> None:
    case = CASES[name]
    origin = repository(case.files)
    if case.add:
        origin.dvc(origin.root, "add", "-q", *case.add)
    origin.repro()
    if case.push:
        origin.push()
    origin.write(case.settle)
    base = origin.commit()
    assert set(impact_of(base, base).to_run) == case.always, "what DVC has just run is up to date"
    assert inconsistencies(parse_pipeline(base), read_lock(base)) == () or case.always
    if case.forget:
        origin.write({"dvc.lock": without_entry((origin.root / "dvc.lock").read_text(), case.forget)})
    origin.write(case.change)
    for path, content in case.data.items():
        origin.write(origin.track(path, content))
    head = origin.commit()

    ours = set(impact_of(base, head).to_run)
    clone = origin.clone()
    # Without the run cache: it would hide a run that an earlier revision's record answers.
    if case.pull_first:
        clone.dvc(clone.root, "pull", "-q", "--allow-missing")
    theirs = set(clone.repro("--pull", "--allow-missing", "--no-run-cache"))

    assert theirs == case.runs
    assert ours == theirs | case.more
    assert impact_of(head, clone.commit()).to_run == () or case.always or case.more


def normalised(stages: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {stage["name"]: stage for stage in stages}


def as_dvc_says(pipeline: Pipeline) -> dict[object, dict[str, object]]:
    found = {}
    for stage in pipeline.stages:
        params: dict[str, list[str]] = {}
        for param in stage.params:
            params.setdefault(param.file, []).extend([param.key] if param.key is not None else [])
        found[stage.name] = {
            "name": stage.name,
            "cmd": stage.cmd if stage.cmd_list is None else list(stage.cmd_list),
            "wdir": stage.wdir or ".",
            "deps": sorted(dep.path for dep in stage.deps),
            "params": {file: sorted(keys) for file, keys in params.items()},
            "outs": {o.path: [o.cache, o.kind == "metric", o.kind == "plot", o.persist] for o in stage.outs},
            "frozen": stage.frozen,
            "always_changed": stage.always_changed,
        }
    return found


DEFINITIONS: dict[str, Files] = {
    "matrix": CASES["matrix grows"].files,
    "foreach over a list": CASES["foreach over a list"].files,
    "foreach over a mapping": CASES["foreach over a mapping"].files,
    "vars": VARS_FILES,
    "several": SEVERAL,
    "metric": CASES["metric edited by hand"].files,
    "working directory": WDIR_FILES,
    "parameter files": PARAM_FILES,
    "YAML values": YAML_VALUES,
    "spelling of options": {
        **VARS_FILES,
        ".dvc/config": "[parsing]\n    bool = boolean_optional\n    list = append\n",
    },
    "merge keys and anchors": {
        "dvc.yaml": """\
stages:
  a: &a
    cmd: echo ${x}
    deps: &d [code.txt]
  b:
    <<: *a
    cmd: "echo \\\\${x} ${y.z[0]}"
  c:
    cmd: echo
    deps: *d
    outs: ["${o}": {persist: true, push: false}]
    frozen: true
""",
        "params.yaml": "x: null\ny: {z: [1e-05]}\no: out dir\n1: not a name\n",
    },
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_stage_is_defined_as_dvc_resolves_it(name: str, repository) -> None:
    origin = repository(DEFINITIONS[name])
    assert as_dvc_says(parse_pipeline(origin.commit())) == normalised(origin.described())


def test_run_keys_are_the_names_of_dvcs_own_run_cache(repository) -> None:
    files = {**VARS_FILES, **{f"m/{path}": text for path, text in CASES["matrix grows"].files.items()}}
    files |= {f"p/{path}": text for path, text in CASES["directory dependency"].files.items()}
    files["p/dvc.yaml"] = (
        str(files["p/dvc.yaml"])
        + "  par:\n    cmd: ./run.sh\n    deps: [run.sh]\n    params: [a, é]\n    outs: [par.txt]\n"
    )
    files |= {
        "p/run.sh": "#!/bin/sh\necho > par.txt\n",
        "p/params.yaml": "a: 1.0\né: [1e-7, 'ü', null, {b: true}]\n",
    }
    origin = repository(files)
    (origin.root / "p/run.sh").chmod(0o755)
    origin.repro()

    keys = {path.name for path in (origin.root / ".dvc/cache/runs").glob("??/*")}
    lock = read_lock(origin.commit())
    assert len(lock.stages) == 14
    assert {run_key(stage) for stage in lock.stages} == keys


def test_a_committed_run_is_changed_and_a_stage_taken_out_is_removed(repository) -> None:
    origin = repository(CHAIN_FILES)
    origin.repro()
    base = origin.commit()
    origin.write({"params.yaml": "lr: 0.7\n", "dvc.yaml": CHAIN[: CHAIN.index("  aside:")]})
    origin.repro()
    head = origin.commit()

    impact = impact_of(base, head)

    assert impact.to_run == ()
    assert [(stage.stage, stage.action) for stage in impact.stages] == [
        ("second", "changed"),
        ("third", "changed"),
        ("aside", "removed"),
    ]
    assert impact.unaffected == ("first",)
    assert [item.kind for item in inconsistencies(parse_pipeline(head), read_lock(head))] == ["orphan"]


def test_two_runs_merged_into_one_lock_contradict_each_other(repository) -> None:
    """Two pull requests whose locks merge without a conflict describe a run that never happened."""
    origin = repository(CHAIN_FILES)
    origin.repro()
    before = (origin.root / "dvc.lock").read_text()
    origin.write({"code.txt": "other\n"})
    origin.repro()
    after = (origin.root / "dvc.lock").read_text()
    third = before[before.index("  third:") :]
    origin.write({"dvc.lock": after[: after.index("  third:")] + third})
    tree = origin.commit()

    found = inconsistencies(parse_pipeline(tree), read_lock(tree))

    assert [(item.kind, item.stage, item.path, item.writer) for item in found] == [
        ("dependency", "third", "second.txt", "second")
    ]
    assert impact_of(tree, tree).to_run == ("third",)
