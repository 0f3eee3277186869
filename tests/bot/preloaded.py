"""Imported once by the process that others are forked from: these find the models loaded."""

import gc

import torch

from retrieval.load_encoder import BUNDLED, load_encoder
from retrieval.load_reader import load_reader
from services.answering import answers

# A fork has none of the threads that a product of several would wait for.
torch.set_num_threads(1)
ENCODER = load_encoder(BUNDLED)
READER = load_reader(BUNDLED, ENCODER)

answers.load_encoder = lambda name: ENCODER if name == BUNDLED else load_encoder(name)
answers.load_reader = lambda name, encoder: (
    READER if name == BUNDLED else load_reader(name, encoder)
)

# It is the last that is imported. A fork whose collector looks through all this copies it.
gc.collect()
gc.freeze()
