"""Which chunk size finds best on labelled sets: what the default of CHEZHI_CHUNK_SIZE rests on.

    python -m bench.chunking DIR… [--sizes 200 250 300 350] [--overlap 0]

Each DIR is a labelled set in BEIR's form, for development and not for a final test. Sentences are
encoded once for all sizes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from retrieval.beir import read_dataset
from retrieval.chunks import Chunking
from retrieval.evaluation import evaluate
from retrieval.load_encoder import load_encoder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.chunking")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 250, 300, 350])
    parser.add_argument("--overlap", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the default")
    args = parser.parse_args()
    model = load_encoder("bundled")
    for folder in args.folders:
        dataset = read_dataset(folder)
        with tempfile.TemporaryDirectory() as scratch:
            for size in args.sizes:
                print(f"{folder.name}, {size}…", file=sys.stderr)
                chunking = Chunking(size, args.overlap)
                found = evaluate(dataset, Path(scratch), model, chunking=chunking)
                row = {"set": folder.name, "size": size, "overlap": args.overlap}
                row |= {"chunks": found["chunks"], **found["systems"]["pipeline"]}
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
