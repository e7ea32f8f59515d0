"""Measurements for Prometheus; needs the extra ``[prometheus]``."""
