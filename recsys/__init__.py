"""Signals to recommendations: arrays of users x items and vectors handed to it. No text."""
