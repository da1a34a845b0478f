"""Runs the program `ranks` on 1 to 4 ranks of this machine and compares what they leave.

The road M0 -> M2 on 1, 2 and 4 ranks, and one whose ranks are killed on 4, again on 2, and that ends on 1, must leave the
same journal and the same weights, byte for byte. A rank that fails must end all of them soon, with its message.

usage: check.py PROGRAM MPIRUN FOLDER
"""

import os
import pathlib
import shutil
import subprocess
import sys

PATIENCE = 120 # seconds for any one start


def start(ranks, *words):
    """Exit code and standard error of a start on so many ranks; a start that hangs is an error."""
    command = [sys.argv[2], "-n", str(ranks)]
    environment = dict(os.environ)
    version = subprocess.run([sys.argv[2], "--version"], capture_output=True, text=True).stdout
    if "Open MPI" in version or "OpenRTE" in version:
        command += ["--oversubscribe"]
        # In a container the user may be root, and the ranks may not read each other's memory.
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                        "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_mpi_yield_when_idle": "1"}
    try:
        run = subprocess.run([*command, sys.argv[1], *map(str, words)], capture_output=True, text=True,
                             timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        sys.exit(f"{words} on {ranks} ranks: still not over after {PATIENCE} s")
    return run.returncode, run.stderr


def expect(right, what, found=""):
    if not right:
        sys.exit(f"{what}\n{found}")


def finished(folder, weights, ranks):
    """The journal and the weights of a run that was carried to its end on so many ranks."""
    code, said = start(ranks, "run", folder, weights, -1, 0)
    expect(code == 0, f"{folder.name} did not end on {ranks} ranks", said)
    models = {pathlib.Path(f"{weights}.{rank}").read_bytes() for rank in range(ranks)}
    expect(len(models) == 1, f"{folder.name}: the {ranks} ranks ended with different weights")
    shards = sorted(path.name for path in folder.glob("journal*"))
    expect(shards == ["journal.jsonl"], f"{folder.name}: the journal was left in pieces", shards)
    return (folder / "journal.jsonl").read_bytes(), models.pop()


def main():
    folder = pathlib.Path(sys.argv[3])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    code, said = start(3, "laws") # on 1, 2 and 4 ranks every run begins with them
    expect(code == 0, "the laws on 3 ranks", said)

    for how in ("throw", "fail"):
        code, said = start(4, how, 2)
        expect(code != 0, f"{how}: exit code 0 although a rank failed")
        expect("rank 2 of 4: the disk is full" in said, f"{how}: the message of the rank that failed is missing", said)

    journal, weights = finished(folder / "one", folder / "one.weights", 1)
    expect(journal.count(b'"stage":"preference"') > 8, "the run has hardly a preference step", journal.decode())
    for ranks in (2, 4):
        expect(finished(folder / f"on_{ranks}", folder / f"on_{ranks}.weights", ranks) == (journal, weights),
               f"{ranks} ranks left another journal or other weights than one rank")

    lines = journal.count(b"\n")
    killed = folder / "killed"
    for ranks, victim, lives in ((4, 3, lines // 2), (2, 0, lines // 6)): # among the verdicts, then in training
        code, said = start(ranks, "run", killed, folder / "unused", victim, lives)
        expect(code != 0, f"rank {victim} of {ranks} was not killed", said)
        shards = {path.name: len(path.read_bytes().splitlines()) for path in killed.glob("journal*")}
        expect(len(shards) == ranks and 0 not in shards.values(), f"not every one of {ranks} ranks has a shard", shards)
        expect(sum(shards.values()) < lines, "killed at its end", shards)
    expect(finished(killed, folder / "killed.weights", 1) == (journal, weights),
           "killed on 4 and on 2 ranks, ended on 1: another journal or other weights")
    print(f"{lines} lines of a journal and {len(weights)} bytes of weights, the same on 1, 2 and 4 ranks and after kills")


main()
