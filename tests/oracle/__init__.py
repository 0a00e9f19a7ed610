"""Brute force beside the product: every definition tried in full on small random units, 0 differences wanted.

brute   chains, sessions and persons straight from their definitions, slow and simple
units   random small units
wrong   algorithms that others use and that are wrong, each to be caught
"""
