"""Devices, batches, seeds and masked evaluation."""
