"""Signals to recommendations: arrays of users x items and the vectors handed to it. Knows no text."""
