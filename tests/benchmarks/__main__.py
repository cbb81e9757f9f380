"""`python -m tests.benchmarks [module …]`: print one table of ratios."""

import importlib
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
MODULES = ("attribution", "gradients", "fairness", "streams", "recourse", "report", "profiles")


def main() -> None:
    """Run the benchmarks that were asked for; by default all but `gpu`, which needs a card to say anything."""
    import torch

    from tests.benchmarks.harness import OthersLoad, table

    torch.set_num_threads(1)
    found = []
    with OthersLoad() as others:
        for name in sys.argv[1:] or MODULES:
            for line in importlib.import_module(f"tests.benchmarks.{name}").lines():
                print(table([line]).splitlines()[-1], file=sys.stderr, flush=True)
                found.append(line)
    print(table(found))
    print(f"\n1 thread, process CPU time (gpu: wall time); others used {others.share:.0%} of the machine meanwhile")


if __name__ == "__main__":
    main()
