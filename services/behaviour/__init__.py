"""Signals from other systems."""
