"""Collaborative-filtering models, one a file, all with the interface of `base.Model`."""
