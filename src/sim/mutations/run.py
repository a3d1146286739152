"""Puts mistakes back into the rules, one at a time, and counts for how many of the simulation's seeds each is found.

The mistakes stand in `table.toml`. Each is made in a copy of what the simulation runs, under `target/mutations`, which
is built and run there; the checkout is left alone. Prints a table, and fails when a mistake does not apply any more,
does not compile, or is found by nothing.

    python3 src/sim/mutations/run.py [--only WORD...] [--check] [--seeds N]

`--only` takes those of a point, or whose name has a word; `--check` sees only whether all apply.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent.parent
ROOT = SOURCES.parent
COPIES = ROOT / "target" / "mutations"
# What the simulation runs, and itself.
PACKAGES = ("core", "ledger", "live", "sim")
# So many are built by one call of cargo.
AT_ONCE = 12
# No test of the core takes half as long, on a machine that computes at full load.
SECONDS_MAX = 600
# As many as `make test` runs.
SEEDS = 200
NOT_FOUND = "is not found"
VERDICT = re.compile(r"^(\d+) of \d+ seeds, first (\S+): \{(.*)\}$", re.MULTILINE)


def read_table():
    with open(HERE / "table.toml", "rb") as file:
        return tomllib.load(file)["mistake"]


def edited(mistake):
    """The files that the mistake changes; raises a ValueError when it does not apply."""
    texts = {}
    for edit in mistake["edit"]:
        name = edit["file"]
        text = texts.get(name) or (SOURCES / name).read_text()
        old = edit["old"].strip("\n")
        if text.count(old) != 1:
            raise ValueError(f"{name} has its text {text.count(old)} times")
        texts[name] = text.replace(old, edit["new"].strip("\n"))
    return texts


def lay_out():
    """A workspace of copies, each of packages of its own."""
    COPIES.mkdir(parents=True, exist_ok=True)
    root = (ROOT / "Cargo.toml").read_text()
    root = re.sub(r"(?m)^members = .*$", 'members = ["copy*/*"]', root)
    root = re.sub(r"(?m)^default-members = .*\n", "", root)
    (COPIES / "Cargo.toml").write_text(root)
    shutil.copy(ROOT / "Cargo.lock", COPIES / "Cargo.lock")
    shutil.copy(ROOT / "rust-toolchain.toml", COPIES / "rust-toolchain.toml")
    for old in (COPIES / "as_it_is", *COPIES.glob("copy*")):
        shutil.rmtree(old, ignore_errors=True)
    # whoever goes on working in the checkout changes nothing here
    for package in PACKAGES:
        to = COPIES / "as_it_is" / package
        shutil.copytree(SOURCES / package / "src", to / "src")
        shutil.copy(SOURCES / package / "Cargo.toml", to)


def copy(number, texts):
    to = COPIES / f"copy{number}"
    shutil.rmtree(to, ignore_errors=True)
    # with times of now, or cargo would keep what it built of the mistake before in the same copy
    shutil.copytree(COPIES / "as_it_is", to, copy_function=shutil.copy)
    for package in PACKAGES:
        manifest = (to / package / "Cargo.toml").read_text()
        # names that no other copy has, for what the sources call as ever
        manifest = manifest.replace(f'name = "muster-{package}"', f'name = "copy{number}-{package}"')
        manifest = manifest.replace("[lib]", f'[lib]\nname = "muster_{package}"')
        manifest = re.sub(
            r"(?m)^muster-(\w+)\.workspace = true$",
            rf'muster-\1 = {{ path = "../\1", package = "copy{number}-\1" }}',
            manifest,
        )
        (to / package / "Cargo.toml").write_text(manifest)
    for name, text in texts.items():
        (to / name).write_text(text)


def build(numbers, package, what):
    """Builds something of that package of these copies. Gives the program or the error of each."""
    if not numbers:
        return {}, {}
    packages = [word for number in numbers for word in ("-p", f"copy{number}-{package}")]
    command = ["cargo", "build", what, "--keep-going", "--message-format", "json", *packages]
    env = {"CARGO_INCREMENTAL": "0", "CARGO_PROFILE_DEV_DEBUG": "false"}
    env |= os.environ | {"CARGO_TARGET_DIR": str(COPIES / "target")}
    done = subprocess.run(command, cwd=COPIES, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    programs, errors = {}, {}
    for line in done.stdout.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        name = re.search(r"copy(\d+)-", said.get("package_id", ""))
        if not name:
            continue
        if said["reason"] == "compiler-artifact" and said.get("executable"):
            programs[int(name[1])] = said["executable"]
        elif said["reason"] == "compiler-message" and said["message"]["level"] == "error":
            errors.setdefault(int(name[1]), said["message"]["rendered"])
    if not programs and not errors:
        sys.exit(done.stderr)
    return programs, errors


def run(*command):
    env = dict(os.environ, PROPTEST_MAX_SHRINK_ITERS="0", RUST_BACKTRACE="0")
    # what a broken rule does for ever is found as well
    try:
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return None


def judge(mistake, program, seeds):
    """The cells of its row, and what is wrong with it."""
    if test := mistake.get("test"):
        done = run(program, "--exact", test)
        if done and "running 1 test" not in done.stdout:
            return ("", "", ""), f"there is no test {test}"
        if done and done.returncode == 0:
            return ("", "", ""), NOT_FOUND
        return ("", "", f"`{test}`"), None
    done = run(program, "--count", "--seeds", str(seeds))
    if not done:
        return ("", "", "the simulation does not end"), None
    verdict = VERDICT.search(done.stdout)
    if not verdict:
        return ("", "", ""), f"the simulation says nothing:\n{done.stderr}"
    count, first, rules = verdict.groups()
    rules = ", ".join(f"{rule} {n}" for rule, n in re.findall(r'"([^"]+)": (\d+)', rules))
    return (count, first, rules), None if count != "0" else NOT_FOUND


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--only", nargs="*", default=[])
    parse.add_argument("--check", action="store_true")
    parse.add_argument("--seeds", type=int, default=SEEDS)
    wanted = parse.parse_args()
    words = wanted.only
    table = [m for m in read_table() if not words or m["point"] in words or any(word in m["name"] for word in words)]
    wrong, ready = [], []
    for mistake in table:
        try:
            ready.append((mistake, edited(mistake)))
        except ValueError as error:
            wrong.append((mistake["name"], f"does not apply: {error}"))
    if not wanted.check:
        lay_out()
        print(f"| point | mistake | of {wanted.seeds} seeds | first | found by |\n| --- | --- | --- | --- | --- |", flush=True)
        # the rules as they are must pass, or nothing that is found means anything
        ready.insert(0, ({"point": "", "name": "none"}, {}))
    for start in range(0, 0 if wanted.check else len(ready), AT_ONCE):
        batch = ready[start : start + AT_ONCE]
        for number, (_, texts) in enumerate(batch):
            copy(number, texts)
        is_test = {number for number, (mistake, _) in enumerate(batch) if "test" in mistake}
        programs, errors = build([number for number in range(len(batch)) if number not in is_test], "sim", "--bins")
        for known, more in zip((programs, errors), build(sorted(is_test), "core", "--tests")):
            known |= more
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            judged = [
                (mistake, errors.get(number), pool.submit(judge, mistake, programs[number], wanted.seeds) if number in programs else None)
                for number, (mistake, _) in enumerate(batch)
            ]
        for mistake, error, future in judged:
            if future is None:
                wrong.append((mistake["name"], f"does not compile:\n{error}"))
                continue
            cells, why = future.result()
            if mistake["name"] == "none":
                why = None if why == NOT_FOUND else f"the rules as they are fail: {why or cells}"
            print("| " + " | ".join((mistake["point"], mistake["name"], *cells)) + " |", flush=True)
            if why:
                wrong.append((mistake["name"], why))
    for name, why in wrong:
        print(f"{name}: {why}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
