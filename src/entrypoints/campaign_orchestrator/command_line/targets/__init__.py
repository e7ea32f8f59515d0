"""Whom the command line asks: the deployed function, an HTTP address, or the stores themselves."""
